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

    /// Shows every item of the snapshot's files that is in a leaf that was written since, new or not.
    func searchChanges(
        _ body: (TreeSearch.Item) throws(SystemCallError) -> Void
    ) throws(SystemCallError) {
        try TreeSearch(snapshot.directory.rawValue, snapshot.path).run(
            .own, from: (Subvolume.rootInode, 0, 0), through: (UInt64.max - 256, UInt32(UInt8.max), .max),
            since: since, body)
    }
}

extension clx_btrfs_subvolume {
    fileprivate var identity: [UInt8] { withUnsafeBytes(of: uuid, Array.init) }
    fileprivate var parentIdentity: [UInt8] { withUnsafeBytes(of: parent_uuid, Array.init) }
}
