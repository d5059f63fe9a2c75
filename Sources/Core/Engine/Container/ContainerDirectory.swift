internal import DriverKit
internal import Glibc
internal import Host
internal import Logging
internal import Runtime
internal import Storage
internal import SystemPackage

/// The directory of one container that is being run by this process.
struct ContainerDirectory: ~Copyable {
    let id: String
    private let directory: LiveDirectory
    private let name: FilePath?

    static func mountPoint(in directory: FilePath) -> FilePath { directory.appending("rootfs") }
    static func snapshot(in directory: FilePath) -> SnapshotDirectory {
        SnapshotDirectory(directory.appending(Store.containerSnapshot.components))
    }

    var mountPoint: FilePath { Self.mountPoint(in: directory.path) }
    var snapshot: SnapshotDirectory { Self.snapshot(in: directory.path) }

    private init(id: String, directory: consuming LiveDirectory, name: FilePath?) {
        self.id = id
        self.directory = directory
        self.name = name
    }

    /// Makes a container's directory and, if it has one, takes its name.
    ///
    /// - Throws: ``RunError/nameTaken(_:)`` or ``SystemCallError``.
    static func make(named name: String?, in store: Store) throws -> ContainerDirectory {
        let directory = try LiveDirectory.makeUnique(in: store.containers, store: store)
        let id = directory.path.lastComponent?.string ?? ""
        guard let name else { return ContainerDirectory(id: id, directory: directory, name: nil) }
        let link = store.names.appending(FilePath(name).components)
        if store.isReadOnly, Files.exists(store.onDisk.names.appending(FilePath(name).components)) {
            try? Files.removeDirectory(directory.path)
            throw RunError.nameTaken(name)
        }
        do { try Files.makeLink(to: id, at: link) } catch {
            try? Files.removeDirectory(directory.path)
            throw error.errno == .fileExists ? RunError.nameTaken(name) : error
        }
        return ContainerDirectory(id: id, directory: directory, name: link)
    }

    /// What is known of the container before it starts.
    borrowing func record(
        of source: RootSource, driver: String, command: [String], for request: RunRequest, access: RootAccess
    ) -> ContainerRecord {
        var record = ContainerRecord(
            id: id, name: request.name ?? id, image: source.plainName, driver: driver, command: command,
            created: WallClock.now, keep: request.keep)
        record.layer = source.topLayer
        record.manifest = source.manifestDigest
        record.directory = request.rootFS?.string
        record.readOnly = access == .readOnly
        return record
    }

    /// Remembers what is needed to use the container after its end, and takes the room that keeping it needs.
    borrowing func remember(_ record: ContainerRecord, in store: Store) throws {
        try record.write(to: directory.path)
        try record.reserveRoom(in: directory.path)
        try SnapshotRecords(store, driverName: record.driver).makeReady()
    }

    /// Tells others how to get at the container, whose command runs now.
    borrowing func announce(_ record: ContainerRecord, process: Int32) throws {
        var record = record
        record.process = process
        record.processStart = ProcessStart.ticks(of: process)
        try record.write(to: directory.path)
        if record.keep { try record.reserveRoom(in: directory.path) }
    }

    /// True if the container has left so much that nobody should wait for its removal.
    private borrowing func isLarge() -> Bool {
        var usage = rusage()
        getrusage(RUSAGE_CHILDREN.rawValue, &usage)
        // So many files take the kernel longer than this to make, and most containers need not be looked at.
        guard usage.ru_stime.tv_sec > 0 || usage.ru_stime.tv_usec > 20_000 else { return false }
        return (try? TreeUsage.exceeds(Trash.patience, in: directory.path)) ?? false
    }

    /// Puts a container that has ended where it stays, without what is of no further use.
    ///
    /// May be done again if it was interrupted.
    ///
    /// - Parameter status: how its command ended, if that is known.
    static func keep(_ directory: FilePath, status: ExitStatus?, in store: Store) throws {
        var record = try ContainerRecord(from: directory)
        if record.finished == nil {
            record.process = nil
            record.processStart = nil
            record.exitStatus = status.map { UInt8(truncatingIfNeeded: $0.rawValue) }
            record.finished = WallClock.now
            try record.write(to: directory, durable: true)
        }
        try SnapshotRecords(store, driverName: record.driver).adopt(
            snapshot(in: directory).path, as: SnapshotKey(record.id), parent: record.layer)
        let paused = directory.appending(ContainerPause.fileName)
        if Files.exists(paused) { try Files.remove(paused) }
        if Files.exists(mountPoint(in: directory)) { try Files.removeDirectory(mountPoint(in: directory)) }
        try Files.rename(directory, to: store.kept.appending(FilePath(record.id).components))
    }

    /// Removes the container, its write layer and its name; or, to keep it, only what is of no further use.
    ///
    /// - Parameters:
    ///   - isKept: true to keep it.
    ///   - status: how its command ended, if that is known.
    ///   - root: its root, if that may still be mounted.
    borrowing func end(
        keeping isKept: Bool, status: ExitStatus?, _ root: HeldRoot?, in snapshots: SnapshotStore,
        logger: Logger
    ) {
        do {
            let store = snapshots.store
            if isKept { return try Self.keep(directory.path, status: status, in: store) }
            // First: whoever sees that the directory is gone may take the name.
            if let name { try Files.remove(name) }
            if root == nil || !isLarge() {
                // Before the removal: a file that is still in use takes longer to delete.
                root?.letGo()
                if try store.remove(directory.path, of: snapshots.driver, atMost: Trash.patience) { return }
            }
            let trash = store.temporary.appending(FilePath(Trash.prefix + id).components)
            try Files.rename(directory.path, to: trash)
            BackgroundRemoval.start([trash], in: store, holding: root?.take())
        } catch {
            logger.warning("\(error.problem)")
        }
    }
}
