public import DriverKit
public import SystemPackage

/// Snapshots without a union: a writable root is a private copy of its parent, a read-only one its parent itself.
///
/// It works on every kernel and file system, and is the baseline that unions are compared with. Where the file
/// system can share blocks between files (XFS, btrfs: ioctl_ficlonerange(2)), the copy costs no space.
public struct BindDriver: StorageDriver {
    /// What users say: `--storage bind`.
    public let name = "bind"

    /// The whole tree of an image: layers one on the other would each be a copy.
    public let layers = LayerModel.wholeTree(sharing: false)

    /// A driver; it holds no state.
    public init() {}

    /// Copies the parent, unless the root is going to be read-only: then there is nothing to write to.
    public func create(
        _ snapshot: SnapshotDirectory, on parents: [SnapshotDirectory], for use: SnapshotUse
    ) throws {
        try snapshot.makeLayer(on: parents.first)
        if use.isWritable, let parent = parents.first {
            try TreeCopy.copy(parent.layer, into: snapshot.layer)
        }
    }

    /// One bind mount, of the copy or of the parent itself.
    public func mounts(
        of snapshot: SnapshotDirectory, on parents: [SnapshotDirectory], at target: FilePath,
        access: RootAccess
    ) throws -> MountPlan {
        switch access {
        case .readWrite: MountPlan([.bind(source: snapshot.layer, target: target, readOnly: false)])
        case .readOnly:
            MountPlan([.bind(source: (parents.first ?? snapshot).layer, target: target, readOnly: true)])
        }
    }
}
