internal import DriverKit
internal import Glibc
internal import Host
internal import Logging
internal import Runtime
internal import Storage
internal import SystemPackage

/// The directory of one container that this process watches over.
struct ContainerDirectory: ~Copyable {
    let id: String
    private let directory: LiveDirectory
    /// The name that it was given when it was made.
    private let name: String?
    /// Its write layer, which is an active snapshot of the store if it has run before.
    let snapshot: SnapshotDirectory
    /// Of one that has run before.
    private let adopted: AdoptedSnapshot?

    /// The write layer of a container that has run before, which is nobody else's meanwhile.
    private final class AdoptedSnapshot {
        private var lock: SnapshotLock?

        init(_ lock: consuming SnapshotLock) { self.lock = consume lock }

        func release() { lock = nil }
    }

    static func mountPoint(in directory: FilePath) -> FilePath { directory.appending("rootfs") }
    /// The write layer of a container that has not been kept yet.
    private static func ownSnapshot(in directory: FilePath) -> SnapshotDirectory {
        SnapshotDirectory(directory.appending(Store.containerSnapshot.components))
    }

    /// Where the write layer of a container is that runs in `directory`.
    static func snapshot(in directory: FilePath, driver: String, store: Store) throws -> SnapshotDirectory {
        let own = ownSnapshot(in: directory)
        if Files.isDirectory(own.path) { return own }
        let key = try SnapshotKey(directory.lastComponent?.string ?? "")
        return SnapshotRecords(store, driverName: driver).directory(of: key)
    }

    var path: FilePath { directory.path }
    var mountPoint: FilePath { Self.mountPoint(in: directory.path) }
    /// True if it has run before.
    var wasKept: Bool { adopted != nil }

    private init(
        id: String, directory: consuming LiveDirectory, name: String?, snapshot: SnapshotDirectory? = nil,
        adopted: AdoptedSnapshot? = nil
    ) {
        self.id = id
        self.snapshot = snapshot ?? Self.ownSnapshot(in: directory.path)
        self.directory = directory
        self.name = name
        self.adopted = adopted
    }

    /// Makes a container's directory and, if it has one, takes its name.
    ///
    /// - Throws: ``RunError/nameTaken(_:)`` or ``SystemCallError``.
    static func make(named name: String?, in store: Store) throws -> ContainerDirectory {
        let directory = try LiveDirectory.makeUnique(in: store.containers, store: store)
        let id = directory.path.lastComponent?.string ?? ""
        guard let name else { return ContainerDirectory(id: id, directory: directory, name: nil) }
        do { try ContainerName.take(name, for: id, in: store) } catch {
            try? Files.removeDirectory(directory.path)
            throw error
        }
        return ContainerDirectory(id: id, directory: directory, name: name)
    }

    /// Removes what ``make(named:in:)`` has made.
    borrowing func abandon(in store: Store) {
        if let name { try? Files.remove(store.names.appending(FilePath(name).components)) }
        try? Files.removeDirectory(directory.path)
    }

    /// Takes a container that was kept, to run it again: nobody else can use it from now on.
    ///
    /// - Throws: ``RunError/notReady(_:)`` if somebody else is about to do something with it; ``SnapshotError``,
    ///   ``SystemCallError``.
    static func reopen(_ container: Container, in store: Store) throws -> ContainerDirectory {
        let place = container.keptDirectory
        let live = try container.takeKept()
        let record = try ContainerRecord(from: place)
        let key = try SnapshotKey(record.id)
        let snapshot = SnapshotRecords(store, driverName: record.driver).directory(of: key)
        let lock = try SnapshotLock.take(snapshot, key, .exclusive)
        let moved = try live.move(to: store.containers.appending(FilePath(record.id).components))
        return ContainerDirectory(
            id: record.id, directory: moved, name: record.name == record.id ? nil : record.name,
            snapshot: snapshot, adopted: AdoptedSnapshot(lock))
    }

    /// What is known of the container before it starts.
    borrowing func record(
        of source: RootSource, driver: String, spec: ContainerSpec, for request: RunRequest
    ) -> ContainerRecord {
        var record = ContainerRecord(
            id: id, name: request.name ?? id, image: source.plainName, driver: driver,
            command: spec.arguments.map { String(decoding: $0, as: UTF8.self) }, created: WallClock.now,
            keep: request.keep)
        record.layer = source.topLayer
        record.manifest = source.manifestDigest
        record.directory = request.rootFS?.string
        record.spec = spec
        return record
    }

    /// Remembers what is needed to use the container after its end, and takes the room that keeping it needs.
    borrowing func remember(_ record: ContainerRecord, in store: Store) throws {
        try record.write(to: path)
        try record.reserveRoom(in: path)
        try SnapshotRecords(store, driverName: record.driver).makeReady()
    }

    private static let cgroupParentName: FilePath.Component = "cgroup-parent"

    /// Writes down where its cgroup is, for whoever cleans up.
    borrowing func note(_ parent: CgroupParent) throws(SystemCallError) {
        let file = path.appending(Self.cgroupParentName)
        if !Files.exists(file) { try Files.create(file, parent.text, mode: 0o600) }
    }

    /// Where the cgroup of the container in `directory` is, whose record may not have been written.
    static func cgroupParent(in directory: FilePath) -> CgroupParent {
        let text = try? Files.read(directory.appending(cgroupParentName))
        return text.flatMap { try? CgroupParent($0) } ?? .usual
    }

    /// Tells others how to get at the container, whose command runs now.
    borrowing func announce(_ record: ContainerRecord) throws {
        try record.write(to: path)
        if record.keep { try record.reserveRoom(in: path) }
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
        let record = try ContainerRecord.change(in: directory, durable: true) { record in
            guard record.process != nil || record.finished == nil && record.started != nil else { return }
            record.noteEnd(status)
        }
        try SnapshotRecords(store, driverName: record.driver).adopt(
            ownSnapshot(in: directory).path, as: SnapshotKey(record.id), parent: record.layer)
        for name in [ContainerPause.fileName, AttachServer.fileName] {
            let file = directory.appending(name)
            if Files.exists(file) { try Files.remove(file) }
        }
        try ContainerRequests(directory).end()
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
            let requests = ContainerRequests(path)
            let isAsked = requests.exist
            if isAsked { requests.answerWaiting(status) }
            if isKept {
                // Before somebody else can take the container.
                adopted?.release()
                return try Self.keep(directory.path, status: status, in: store)
            }
            // First: whoever sees that the directory is gone may take the name.
            if isAsked {
                ContainerName.release(of: id, in: store)
            } else if let name {
                try Files.remove(store.names.appending(FilePath(name).components))
            }
            if let adopted {
                adopted.release()
                try snapshots.records.remove(SnapshotKey(id))
            }
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
