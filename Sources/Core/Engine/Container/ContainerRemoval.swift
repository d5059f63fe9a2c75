internal import DriverKit
internal import Glibc
internal import Host
public import Logging
internal import Runtime
public import Storage
internal import SystemPackage

/// Removes containers: `mydocker rm`.
public struct ContainerRemoval: Sendable {
    private let store: Store
    private let logger: Logger

    /// Removals in this store.
    public init(in store: Store, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    /// Removes a container, its write layer and its name.
    ///
    /// - Parameters:
    ///   - force: true to kill it first if it runs, and to be content if there is none.
    ///   - volumes: true to remove the volumes that are its own, too.
    /// - Returns: false if there was none.
    /// - Throws: ``RunError``, ``SnapshotError`` or ``SystemCallError``. After an error of the latter two kinds it
    ///   is out of sight all the same, and the next command tries again.
    @discardableResult
    public func remove(
        _ nameOrID: String, force: Bool = false, volumes removesVolumes: Bool = false
    ) throws -> Bool {
        let container: Container
        do { container = try Containers(store).find(nameOrID) } catch {
            guard force, case RunError.noContainer = error else { throw error }
            return false
        }
        let mounts = removesVolumes ? (try? container.record())?.spec?.mounts ?? [] : []
        let volumes = mounts.filter { $0.kind == .volume && $0.isAnonymous }.compactMap(\.source)
        if LiveDirectory.isOwned(container.runningDirectory) {
            guard force else { throw RunError.stillRuns(nameOrID) }
            try ContainerControl(in: store, logger: logger).stop(container, timeout: 0, signal: SIGKILL)
        }
        // One that has ended and could not be kept: for want of room, say.
        if Files.isDirectory(container.runningDirectory) { try removeUnkept(container) }
        if Files.isDirectory(container.keptDirectory) { try removeKept(container) }
        if !volumes.isEmpty { Volumes(store).removeUnused(volumes, logger: logger) }
        return true
    }

    private func removeKept(_ container: Container) throws {
        try store.checkWritable()
        let key = try SnapshotKey(container.id)
        // Even one whose record is damaged can be got rid of.
        let driver = try? ContainerRecord(from: container.keptDirectory).driver
        let owners = (driver.map { [$0] } ?? SnapshotRecords.drivers(in: store)).map {
            SnapshotRecords(store, driverName: $0)
        }
        // Nobody is just starting it, nor removing it.
        let lock = try container.takeKept()
        let links = try ContainerName.links(to: container.id, in: store)
        for snapshots in owners where Files.exists(snapshots.directory(of: key).path) {
            // Somebody may be looking at it just now.
            try SnapshotLock.take(snapshots.directory(of: key), key, .exclusive).release()
        }
        // Nothing is begun that damaged metadata would not let end.
        for snapshots in owners { _ = try snapshots.contains(key) }
        // From here on the container is gone: Cleanup does the rest if this process cannot.
        let place = try Trash(store).place()
        try place.put(container.keptDirectory)
        for link in links { try Files.remove(link) }
        for snapshots in owners {
            do { try snapshots.remove(key) } catch {
                guard case .notFound = error else { throw error }
            }
        }
        place.empty()
        _ = consume lock
    }

    private func removeUnkept(_ container: Container) throws {
        guard let lock = try LiveDirectory.takeOver(container.runningDirectory) else { return }
        let key = try SnapshotKey(container.id)
        let cleanup = Cleanup(store: store, logger: logger)
        cleanup.removeCgroups(of: container.runningDirectory)
        if (try? container.record())?.keep != true {
            Volumes(store).removeListed(in: container.runningDirectory, logger: logger)
        }
        if !container.runningDirectory.starts(with: store.live) { try store.checkWritable() }
        let place = try Trash(store).place()
        try place.put(container.runningDirectory)
        ContainerName.release(of: container.id, in: store)
        // To keep it may have begun.
        for driver in SnapshotRecords.drivers(in: store) where Files.exists(store.metadata) {
            let snapshots = SnapshotRecords(store, driverName: driver)
            if try snapshots.contains(key) { try snapshots.remove(key) }
        }
        place.empty()
        _ = consume lock
    }
}
