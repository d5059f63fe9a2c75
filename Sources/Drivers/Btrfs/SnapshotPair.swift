internal import CLinux
internal import DriverKit
internal import SystemPackage

/// A snapshot and what it was made of, still as it was then: so all that was written since is a change.
struct SnapshotPair: ~Copyable {
    let snapshot: Subvolume
    let parent: Subvolume
    /// The first transaction in which the snapshot can have been changed: it was made at the end of the one before.
    let since: UInt64

    /// Brings what was written into the trees, to be found there; nil if the two are no such pair.
    init?(_ snapshot: SnapshotDirectory, of parent: SnapshotDirectory) throws(SystemCallError) {
        guard let unwritten = try Subvolume(snapshot.layer) else { return nil }
        try unwritten.sync()
        guard let snapshot = try Subvolume(snapshot.layer), let parent = try Subvolume(parent.layer) else {
            return nil
        }
        let isParent =
            snapshot.information.parentIdentity == parent.information.identity
            && parent.information.is_read_only != 0
            && parent.information.changed <= snapshot.information.made
        guard isParent else { return nil }
        since = snapshot.information.made + 1
        self.snapshot = snapshot
        self.parent = parent
    }
}

extension clx_btrfs_subvolume {
    fileprivate var identity: [UInt8] { withUnsafeBytes(of: uuid, Array.init) }
    fileprivate var parentIdentity: [UInt8] { withUnsafeBytes(of: parent_uuid, Array.init) }
}
