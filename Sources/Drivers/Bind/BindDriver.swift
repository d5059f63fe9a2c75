public import Core
public import SystemPackage

/// Snapshots without a union: a writable root is a private copy of its parent, bound to its place.
///
/// Works on every kernel, and on every file system that can hold what is in an image. Each layer directory is
/// a whole tree; one that is only read is its parent itself, and costs nothing.
public struct BindDriver: StorageDriver {
    /// The name that users say.
    public let name = "bind"

    /// Each layer directory is a whole tree: what is deleted is not there.
    public let deletionFormat = DeletionFormat.none

    /// A driver; it holds no state.
    public init() {}

    /// Copies a tree, binds the copy, and looks whether a change lands in the copy alone.
    public func probe(in directory: FilePath) -> DriverSupport {
        let parent = directory.appending("parent")
        let snapshot = SnapshotDirectory(directory.appending("snapshot"))
        let target = directory.appending("target")
        do {
            for path in [parent, snapshot.path, snapshot.layer, target] { try Files.makeDirectory(path) }
            try Files.create(parent.appending("kept"))
            try prepare(snapshot, on: [parent], access: .readWrite)
            try mounts(of: snapshot, on: [parent], at: target, access: .readWrite).execute()
            try Files.remove(target.appending("kept"))
            guard Files.exists(parent.appending("kept")), !Files.exists(snapshot.layer.appending("kept"))
            else {
                return .unsupported(reason: "a bind mount does not show the directory it is of", remedy: nil)
            }
            return .supported
        } catch {
            return .unsupported(type: name, error)
        }
    }

    /// Makes the layer directory a copy of the nearest parent; for a read-only root it stays empty.
    ///
    /// - Throws: ``TreeError``.
    public func prepare(_ snapshot: SnapshotDirectory, on parents: [FilePath], access: RootAccess) throws {
        guard access == .readWrite, let parent = parents.first else { return }
        try TreeCopy.copy(parent, into: snapshot.layer)
    }

    /// One bind mount: of the layer directory, or read-only of the nearest parent.
    public func mounts(
        of snapshot: SnapshotDirectory, on parents: [FilePath], at target: FilePath, access: RootAccess
    ) throws -> MountPlan {
        switch access {
        case .readWrite:
            MountPlan([.bind(source: snapshot.layer, target: target, readOnly: false)])
        case .readOnly:
            MountPlan([.bind(source: parents.first ?? snapshot.layer, target: target, readOnly: true)])
        }
    }
}
