internal import CLinux
internal import DriverKit
internal import Glibc
internal import Host
internal import Images
public import Layers
public import Logging
internal import Mount
internal import Runtime
public import Storage
internal import SystemPackage

/// Gives a kept container another storage driver: `mydocker storage migrate`.
///
/// What the container has changed is made again through the other driver's own mount, and then compared with the original,
/// file by file. Until the container's record says the new driver, which is one rename, it is as it was; whatever a
/// killed migration leaves, the next command removes (``Cleanup``).
public struct ContainerMigration {
    private let store: Store
    private let logger: Logger

    /// Migrations in this store.
    public init(in store: Store, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    /// Does it.
    ///
    /// - Parameters:
    ///   - progress: is told how far the unpacking of the image for the new driver has come.
    /// - Returns: the driver before; the same as `driver` if there was nothing to do.
    /// - Throws: an ``Explained`` error; the container is as it was then.
    public func run(
        _ nameOrID: String, to name: String, progress: (any ByteProgress)? = nil
    ) throws -> String {
        try store.checkWritable()
        let container = try Containers(store).find(nameOrID)
        guard try !container.startedRecord().isRunning else {
            throw RunError.cannotMigrate(nameOrID, reason: "it is running")
        }
        let snapshots = SnapshotStore(store, driver: try store.drivers.driver(named: name, in: store))
        let old = try ContainerRoot.find(container.id, in: store)
        // As it is now that nobody else can migrate it.
        let record = old.record
        if record.driver == name { return name }
        guard snapshots.driver.capabilities.keepsWrites else { throw StorageError.keepsNothing(driver: name) }
        let layers = try layers(of: record, for: snapshots, nameOrID, progress)
        let place = try LiveDirectory.makeUnique(in: store.temporary, store: store)
        let path = place.path
        defer { try? store.remove(path, of: snapshots.driver) }
        let made = SnapshotDirectory(path.appending(Store.containerSnapshot.components))
        try snapshots.create(made, on: layers.directories, for: .mounting(.readWrite))
        try copy(old, to: made, on: layers.directories, by: snapshots, in: path)
        try SnapshotDirectory.sync(path)
        let key = try SnapshotKey(record.id)
        // From here on whoever cleans up sees that it is somebody's.
        let lock = try SnapshotLock.take(made, key, .exclusive)
        try snapshots.publish(container: made.path, as: key, parent: layers.top)
        var moved = record
        moved.driver = name
        do { try moved.write(to: container.keptDirectory, durable: true) } catch {
            lock.release()
            try? snapshots.remove(key)
            throw error
        }
        lock.release()
        _ = consume old
        do { try SnapshotRecords(store, driverName: record.driver).remove(key) } catch {
            // Somebody else has cleaned up, or will.
            logger.info("the old write layer is left to the next command: \(error.explanation.problem)")
        }
        return record.driver
    }

    /// What the container lies on, for the other driver.
    private struct Ground: ~Copyable {
        let directories: [SnapshotDirectory]
        /// The layer that is its parent in the metadata.
        let top: SnapshotKey?
        private let held: HeldLayers

        init(_ held: consuming HeldLayers, top: SnapshotKey?) {
            directories = held.directories
            self.top = top
            self.held = held
        }
    }

    private func layers(
        of record: ContainerRecord, for snapshots: SnapshotStore, _ name: String,
        _ progress: (any ByteProgress)?
    ) throws -> Ground {
        guard let layer = record.layer else {
            let plain = record.directory.map { [SnapshotDirectory(plain: FilePath($0))] } ?? []
            return Ground(HeldLayers(plain, in: snapshots, lock: nil), top: nil)
        }
        let images = ImageStore(at: store.images)
        let image = try images.list().lazy.compactMap(\.image).first { image in
            image.layers.last.map { SnapshotKey(chainID: $0.chainID) } == layer
        }
        guard let image else {
            throw RunError.cannotMigrate(name, reason: "its image \(record.image) is not in the store")
        }
        return Ground(
            try LayerStore(snapshots).hold(image, from: images, progress: progress), top: layer)
    }

    /// Makes of the new snapshot what the old one shows.
    private func copy(
        _ old: borrowing ContainerRoot, to made: SnapshotDirectory, on parents: [SnapshotDirectory],
        by snapshots: SnapshotStore, in place: FilePath
    ) throws {
        let changes = try old.allChanges()
        if changes.isEmpty { return }
        let (archive, target) = (place.appending("changes"), place.appending("root"))
        try Files.makeDirectory(target, mode: 0o700)
        let plan = try snapshots.mounts(of: made, on: parents, at: target, access: .readWrite)
        let logger = logger
        try old.withTree { tree in
            try plan.execute()
            let patch = TreePatch(changes, from: tree, to: target)
            try patch.run(through: archive) { path in
                logger.warning("\(String(fileName: path).printable) is left out: it is a socket")
            }
            try Mounting.detach(target)
            // A file system may take times of its files less exactly than the one that it keeps them on.
            try patch.setTimes(in: made.layer)
            try snapshots.mountsAgain(of: made, on: parents, at: target).execute()
            if let different = try patch.firstDifference() {
                throw RunError.cannotMigrate(
                    made.path.string, reason: "\(different.description.printable) would not be the same")
            }
        }
        try Files.remove(archive)
    }
}
