internal import DriverKit
internal import Glibc
internal import Host
internal import Images
public import Logging
internal import Runtime
public import Storage
internal import SystemPackage

/// Undoes what a mydocker that was killed could not: every command does it before its own work.
public struct Cleanup {
    let store: Store
    let logger: Logger
    /// How many entries of a tree are removed before it is left to a process of its own.
    var patience = Trash.patience

    /// A cleanup of this store.
    public init(store: Store, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    /// Removes the containers, cgroups, processes, names and temporary directories of dead processes.
    ///
    /// Those of living ones stay, and so do kept containers.
    ///
    /// - Throws: ``SystemCallError`` if the store cannot be read. What cannot be removed is logged.
    public func removeAbandoned() throws {
        if !store.isReadOnly { try ImageStore(at: store.images).removeAbandoned() }
        guard store.isReady else { return }
        try removeTemporary()
        var restarting: [String] = []
        for (id, lock) in try LiveDirectory.abandoned(in: store.containers, store: store) {
            let directory = store.containers.appending(FilePath(id).components)
            removeCgroups(of: directory)
            if mustStay(directory) {
                keep(directory)
            } else {
                ContainerName.release(of: id, in: store)
                Volumes(store).removeListed(in: directory, logger: logger)
                removeAdopted(directory)
                remove(directory)
            }
            logger.notice("cleaned up what a killed mydocker left of container \(id)")
            close(lock)
            if isToRun(id) { restarting.append(id) }
        }
        try endAbandonedPauses()
        for id in restarting { restart(id) }
    }

    /// Starts a container again whose monitor was killed, and the container with it.
    private func restart(_ id: String) {
        do {
            switch try ContainerMonitor.begin() {
            case .caller(let start):
                if case .started = try start.wait() { logger.notice("container \(id) was started again") }
            case .monitor(let monitor):
                do {
                    _ = try ContainerRunner(store: store, logger: logger).start(
                        id, monitor: monitor, isAutomatic: true)
                } catch { warn(error) }
                _exit(0)
            }
        } catch { warn(error) }
    }

    /// True if the policy of a container that has ended with its monitor wants it to run.
    private func isToRun(_ id: String) -> Bool {
        guard !store.isReadOnly,
            let record = try? ContainerRecord(from: store.kept.appending(FilePath(id).components)),
            record.detached == true, record.stopRequested != true, record.exitStatus == nil
        else { return false }
        return record.spec?.restart.applies(to: nil, after: record.restarts ?? 0) == true
    }

    /// Lets containers go on that a dead process has made stand still.
    private func endAbandonedPauses() throws {
        for id in try Files.list(store.containers, following: false) {
            let directory = store.containers.appending(FilePath(id).components)
            let wasPaused = try ContainerPause.endAbandoned(
                in: directory,
                by: ContainerFreezer(
                    id: id, below: ContainerDirectory.cgroupParent(in: directory),
                    hierarchies: CgroupHierarchy.all()))
            if wasPaused { logger.notice("container \(id) goes on: a killed mydocker had paused it") }
        }
    }

    /// True if the container is to be kept; one that nothing is known of is not.
    private func mustStay(_ directory: FilePath) -> Bool {
        // Without one it died before it was started.
        guard Files.exists(directory.appending(ContainerRecord.fileName)) else { return false }
        do { return try ContainerRecord(from: directory).keep } catch {
            warn(error)
            return false
        }
    }

    /// Removes the write layer of a container that had been kept, and was to be removed at its end.
    private func removeAdopted(_ directory: FilePath) {
        guard let record = try? ContainerRecord(from: directory), let key = try? SnapshotKey(record.id) else {
            return
        }
        let snapshots = SnapshotRecords(store, driverName: record.driver)
        guard Files.exists(snapshots.directory(of: key).path) else { return }
        do { try snapshots.remove(key) } catch { warn(error) }
    }

    private func keep(_ directory: FilePath) {
        do { try ContainerDirectory.keep(directory, status: nil, in: store) } catch { warn(error) }
    }

    private func warn(_ error: any Error) {
        logger.warning("\(error.problem)")
    }

    /// Removes what dead processes left in the temporary place; where that is much, in the background.
    private func removeTemporary() throws {
        var abandoned = try LiveDirectory.abandoned(in: store.temporary, store: store)
        defer { for lock in abandoned.values { close(lock) } }
        if !store.isReadOnly, abandoned.keys.contains(where: { !$0.hasPrefix(Trash.prefix) }) {
            // Before what tells of the death is gone.
            for line in try SnapshotRecords.recover(in: store) { logger.notice("\(line)") }
            try removeRemains()
            // What that threw away is there too now.
            abandoned.merge(try LiveDirectory.abandoned(in: store.temporary, store: store)) { $1 }
        }
        var rest: [FilePath] = []
        for name in abandoned.keys {
            let path = store.temporary.appending(FilePath(name).components)
            do {
                if try !store.remove(path, atMost: patience) { rest.append(path) }
            } catch { warn(error) }
        }
        if !rest.isEmpty { BackgroundRemoval.start(rest, in: store) }
    }

    /// Removes the names and write layers of containers that were being removed.
    private func removeRemains() throws {
        // One that ends or is started meanwhile is found in one of the three.
        let living = try Set(
            [store.kept, store.containers, store.kept].flatMap { try Files.list($0, following: false) })
        for name in try Files.list(store.names, following: false) {
            let link = store.names.appending(FilePath(name).components)
            if let id = try? Files.readLink(link), !living.contains(id) { try Files.remove(link) }
        }
        for driver in SnapshotRecords.drivers(in: store) {
            let snapshots = SnapshotRecords(store, driverName: driver)
            try snapshots.walk([.kind(.active), .label(SnapshotRecords.containerLabel, nil)]) { snapshot in
                let id = snapshot.key.description
                guard !living.contains(id) || isElsewhere(id, than: driver) else { return }
                do { try snapshots.remove(snapshot.key) } catch SnapshotError.inUse(_) {
                    // Somebody is migrating it just now.
                }
            }
            for id in try Files.list(store.snapshots(of: driver))
            where isElsewhere(id, than: driver) && (try? snapshots.contains(SnapshotKey(id))) == false {
                try Trash(store).put(store.snapshots(of: driver).appending(FilePath(id).components))
            }
        }
    }

    /// True if a kept container is another driver's: a migration came to its end, or to nothing.
    private func isElsewhere(_ id: String, than driver: String) -> Bool {
        guard let record = try? ContainerRecord(from: store.kept.appending(FilePath(id).components)) else {
            return false
        }
        return record.driver != driver
    }

    private func remove(_ path: FilePath) {
        do { try store.remove(path) } catch { warn(error) }
    }

    /// Kills what still runs in the cgroups of the container in `directory`, and removes them.
    func removeCgroups(of directory: FilePath) {
        do {
            let hierarchies = try CgroupHierarchy.all()
            try ContainerCgroup.find(
                id: directory.lastComponent?.string ?? "",
                below: ContainerDirectory.cgroupParent(in: directory), hierarchies: hierarchies
            ).remove()
        } catch { warn(error) }
    }
}
