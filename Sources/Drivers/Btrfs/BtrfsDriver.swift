internal import CLinux
public import DriverKit
internal import Glibc
public import SystemPackage

/// Snapshots as subvolumes of btrfs: each is the whole tree, and shares with its parent what neither has changed.
///
/// Sources: btrfs-subvolume(8), btrfs-quota(8), linux/btrfs_tree.h and the kernel's fs/btrfs; how it is laid out is in
/// docs/btrfs.md.
public struct BtrfsDriver: StorageDriver {
    /// What users say: `--storage btrfs`.
    public let name = "btrfs"

    /// Every layer of an image is a subvolume, a snapshot of the one below it.
    public let layers = LayerModel.wholeTree(sharing: true)

    /// Subvolumes are destroyed, not emptied.
    ///
    /// mkfs.btrfs(8) refuses less than 109 MiB without --mixed.
    public var capabilities: DriverCapabilities { Self.capabilities }

    private static let capabilities = DriverCapabilities(
        options: ["size": "how much a container may write, such as 2g"], discards: true,
        ground: .init(type: "btrfs", maker: ["mkfs.btrfs", "-q", "-f"], smallest: 128 << 20))

    /// One file system, and it knows which files were changed since a snapshot was made.
    public let differences = DriverDifferences(nativeDiff: true)

    /// A driver; it holds no state.
    public init() {}

    /// Whether the store is on a btrfs.
    public func probe(in directory: FilePath) -> DriverSupport {
        do {
            let type = try FileSystemType(of: directory)
            if type.isBtrfs { return .supported }
            return .unsupported(
                reason: "the store is on \(type), not btrfs", remedy: "choose a --root on a btrfs")
        } catch {
            return .unsupported(reason: error.explanation.problem, remedy: error.explanation.remedy)
        }
    }

    /// Makes a snapshot of the parent, or an empty subvolume; a copy of a directory that is no snapshot.
    ///
    /// What is only read is read where it is.
    public func create(
        _ snapshot: SnapshotDirectory, on parents: [SnapshotDirectory], for use: SnapshotUse
    ) throws {
        let size = try use.options["size"].map { try SizeOption.bytes($0, driver: name) }
        guard use.isWritable else { return try snapshot.makeLayer(on: parents.first) }
        // Before it is made: a group has to have counted it from its beginning.
        if size != nil { try Quota.prepare(in: snapshot.path) }
        if let parent = parents.first, let source = try Subvolume(parent.layer) {
            try Subvolume.snapshot(of: source, at: snapshot.layer)
        } else {
            try Subvolume.make(at: snapshot.layer)
            if let parent = parents.first {
                try snapshot.takeRoot(from: parent.layer)
                try TreeCopy.copy(parent.layer, into: snapshot.layer)
            }
        }
        if let size { try Quota.limit(Subvolume(existing: snapshot.layer), to: size) }
    }

    /// Lets it be written to, if a commit has failed after it was finished.
    public func reopen(_ snapshot: SnapshotDirectory) throws {
        if let subvolume = try Subvolume(snapshot.layer) { try subvolume.setReadOnly(false) }
    }

    /// One bind mount, of the snapshot or, if it is only read, of the parent itself.
    public func mounts(
        of snapshot: SnapshotDirectory, on parents: [SnapshotDirectory], at target: FilePath,
        access: RootAccess
    ) throws -> MountPlan {
        let isRead = access == .readOnly
        let source = isRead ? parents.first ?? snapshot : snapshot
        return MountPlan([.bind(source: source.layer, target: target, readOnly: isRead)])
    }

    /// Makes it read-only, with the subvolumes in it made directories: a snapshot would not contain them.
    public func finish(_ snapshot: SnapshotDirectory, on parents: [SnapshotDirectory]) throws -> MountPlan {
        if let subvolume = try Subvolume(snapshot.layer) {
            try subvolume.setReadOnly(false)
            try subvolume.flatten()
            try subvolume.setReadOnly(true)
        }
        return MountPlan([])
    }

    /// Destroys the subvolume, with all those that somebody has made in it; nothing is removed file by file.
    public func discard(_ snapshot: SnapshotDirectory) throws {
        guard let id = try Subvolume.destroy(at: snapshot.layer) else { return }
        Quota.forget(id, in: snapshot.path)
        Room.awaitIfShort(of: id, in: snapshot.path)
    }

    /// What was written since the parent was: the data that is not the parent's, and the inodes that were changed.
    public func usage(
        of snapshot: SnapshotDirectory, on parents: [SnapshotDirectory]
    ) throws -> SnapshotUsage? {
        guard let parent = parents.first, let pair = try SnapshotPair(snapshot, of: parent) else {
            return nil
        }
        return try OwnSpace.measure(pair)
    }

    /// The directories of everything that was changed since the snapshot was made; nil unless it is one of the parent as
    /// that is.
    public func changedDirectories(
        of snapshot: SnapshotDirectory, since parent: SnapshotDirectory
    ) throws -> Set<FilePath>? {
        guard let pair = try SnapshotPair(snapshot, of: parent) else { return nil }
        return try ChangeSearch(pair).directories()
    }
}
