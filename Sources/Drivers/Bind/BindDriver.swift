public import Core
public import SystemPackage

/// Snapshots without a union: a writable root is a private copy of its parent, a read-only one its parent itself.
///
/// It works on every kernel and file system, and is the baseline that unions are compared with. Where the file
/// system can share blocks between files (XFS, btrfs: ioctl_ficlonerange(2)), the copy costs no space.
public struct BindDriver: StorageDriver {
    /// What users say: `--storage bind`.
    public let name = "bind"

    /// The layer directory is the whole tree: what is deleted is not there.
    public let deletionFormat = DeletionFormat.none

    /// A driver; it holds no state.
    public init() {}

    /// Copies a directory, binds the copy, changes it, and looks whether only the copy has changed.
    public func probe(in directory: FilePath) -> DriverSupport {
        let snapshot = SnapshotDirectory(directory.appending("snapshot"))
        let parent = directory.appending("parent")
        let target = directory.appending("bound")
        do {
            for path in [parent, snapshot.path, snapshot.layer, target] { try Files.makeDirectory(path) }
            try Files.create(parent.appending("deleted"))
            try prepare(snapshot, on: [parent], access: .readWrite)
            try mounts(of: snapshot, on: [parent], at: target, access: .readWrite).execute()
            try Files.remove(target.appending("deleted"))
            guard Files.exists(parent.appending("deleted")),
                !Files.exists(snapshot.layer.appending("deleted"))
            else {
                return .unsupported(reason: "a change in the copy does not stay in the copy", remedy: nil)
            }
            return .supported
        } catch {
            return .unsupported(type: name, error)
        }
    }

    /// Copies the parent, unless the root is going to be read-only: then there is nothing to write to.
    public func prepare(_ snapshot: SnapshotDirectory, on parents: [FilePath], access: RootAccess) throws {
        if access == .readWrite, let parent = parents.first {
            try TreeCopy.copy(parent, into: snapshot.layer)
        }
    }

    /// One bind mount, of the copy or of the parent itself.
    public func mounts(
        of snapshot: SnapshotDirectory, on parents: [FilePath], at target: FilePath, access: RootAccess
    ) throws -> MountPlan {
        switch access {
        case .readWrite: MountPlan([.bind(source: snapshot.layer, target: target, readOnly: false)])
        case .readOnly:
            MountPlan([.bind(source: parents.first ?? snapshot.layer, target: target, readOnly: true)])
        }
    }
}
