internal import SystemPackage

/// A driver of which only the name is known: enough to look at its snapshots and to remove them.
struct NamedDriver: StorageDriver {
    let name: String

    var deletionFormat: DeletionFormat { .none }

    func prepare(_ snapshot: SnapshotDirectory, on parents: [FilePath], access: RootAccess) throws {
        throw StorageError.unknownDriver(name: name, known: [])
    }

    func mounts(
        of snapshot: SnapshotDirectory, on parents: [FilePath], at target: FilePath, access: RootAccess
    ) throws -> MountPlan {
        throw StorageError.unknownDriver(name: name, known: [])
    }
}

extension SnapshotStore {
    /// The snapshots of the driver that is called so, to look at them and to remove them.
    convenience init(_ store: Store, driverNamed name: String) {
        self.init(store, driver: NamedDriver(name: name))
    }
}
