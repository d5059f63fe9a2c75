public import Core
public import SystemPackage

/// Snapshots without a union: a writable root is a private copy of its parent, bound to its place.
public struct BindDriver: StorageDriver {
    public let name = "bind"
    public let deletionFormat = DeletionFormat.none

    /// A driver; it holds no state.
    public init() {}
    public func probe(in directory: FilePath) -> DriverSupport { .supported }
    public func prepare(_ snapshot: SnapshotDirectory, on parents: [FilePath], access: RootAccess) throws {}
    public func mounts(
        of snapshot: SnapshotDirectory, on parents: [FilePath], at target: FilePath, access: RootAccess
    ) throws -> MountPlan {
        MountPlan([.bind(source: parents.first ?? snapshot.layer, target: target, readOnly: true)])
    }
}
