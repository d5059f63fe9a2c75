internal import CLinux
internal import Glibc
internal import Host
public import Logging
public import Runtime
public import Storage
internal import SystemPackage

/// Signals, stops and waits for containers, and gives them other names: `kill`, `stop`, `wait`, `rename`.
public struct ContainerControl: Sendable {
    let store: Store
    private let logger: Logger

    /// How long ``stop(_:timeout:)`` waits unless somebody says otherwise, in seconds.
    public static let usualTimeout = 10

    /// The containers of this store.
    public init(in store: Store, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    /// Sends a signal to the container's command.
    ///
    /// One that was to end it, it ends for good: its policy does not start it again.
    ///
    /// - Throws: ``RunError/notRunning(_:)``; as ``Containers/find(_:)``.
    public func signal(_ nameOrID: String, _ signal: Int32) throws {
        let container = try Containers(store).find(nameOrID)
        let record = try container.startedRecord()
        guard container.isRunning, record.isRunning else { throw RunError.notRunning(nameOrID) }
        if signal == SIGKILL || signal == record.spec?.stopSignal { try noteStop(container) }
        guard let process = ContainerHandle.of(record) else { throw RunError.notRunning(nameOrID) }
        process.send(signal)
        if signal == SIGKILL { thaw(record) }
    }

    /// Asks the container's command to end, and kills it if it does not; waits until the container has ended.
    ///
    /// Does nothing to one that is not running.
    ///
    /// - Parameters:
    ///   - timeout: how long to wait before it is killed, in seconds, -1 for ever; nil for the container's own measure.
    ///   - signal: what asks it; nil for the container's own.
    /// - Throws: ``RunError/doesNotEnd(_:)``; as ``Containers/find(_:)``.
    public func stop(_ nameOrID: String, timeout: Int? = nil, signal: Int32? = nil) throws {
        try stop(Containers(store).find(nameOrID), timeout: timeout, signal: signal)
    }

    func stop(_ container: Container, timeout: Int?, signal: Int32?) throws {
        guard container.isRunning else {
            // It is not to be started when the machine is, either.
            if (try? container.record())?.spec?.restart ?? .no != .no { try noteStop(container) }
            return
        }
        var watcher = ContainerWatcher.of(container)
        let first = try? container.startedRecord()
        try? noteStop(container)
        let patience = timeout ?? first?.spec?.stopTimeout ?? Self.usualTimeout
        let end = patience < 0 ? Int64.max : WallClock.now + Int64(patience) * 1_000_000_000
        var asked: Int32?
        var waits = 0
        // Its process may be another one meanwhile: its policy had just started it again.
        while container.isRunning {
            guard let record = try? container.record(), let process = ContainerHandle.of(record) else {
                waits += 1
                if waits > 4000 { throw RunError.doesNotEnd(container.id) }
                watcher?.wake()
                usleep(5000)
                continue
            }
            let isLate = WallClock.now >= end
            if isLate {
                process.send(SIGKILL)
                thaw(record)
            } else if asked != record.process {
                process.send(signal ?? record.spec?.stopSignal ?? SIGTERM)
                asked = record.process
            }
            let left = isLate ? 5000 : min((end - WallClock.now) / 1_000_000, 1000)
            if process.waitForEnd(milliseconds: Int32(max(left, 1))) {
                watcher?.wake()
                usleep(1000)
            }
        }
        try Cleanup(store: store, logger: logger).removeAbandoned()
    }

    /// Waits until the container has ended for good.
    ///
    /// - Returns: how its command ended; what SIGKILL leaves, if that is not known: its monitor was killed.
    /// - Throws: as ``Containers/find(_:)``.
    public func wait(_ nameOrID: String) throws -> ExitStatus {
        let container = try Containers(store).find(nameOrID)
        let directory = container.runningDirectory
        if container.isRunning, let place = try? Descriptor(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) {
            let path = FilePath("/proc/self/fd/\(place.rawValue)")
            let answer = try? ContainerRequests(path).wait()
            // Until nobody watches over it.
            try systemCall("flock", directory) { _ in flock(place.rawValue, LOCK_SH) }
            flock(place.rawValue, LOCK_UN)
            if let status = Self.status(answer) { return status }
        }
        let code = (try? container.record())?.exitStatus
        return code.map { ExitStatus(rawValue: Int32($0)) } ?? .killed
    }

    private static func status(_ answer: borrowing Descriptor?) -> ExitStatus? {
        switch answer {
        case .some(let file): ContainerRequests.answer(in: file)
        case .none: nil
        }
    }

    /// Gives a container another name.
    ///
    /// - Throws: ``RunError/invalidName(_:)``, ``RunError/nameTaken(_:)``; as ``Containers/find(_:)``.
    public func rename(_ nameOrID: String, to name: String) throws {
        try ContainerName.validate(name)
        let container = try Containers(store).find(nameOrID)
        let directory = try container.settledDirectory()
        let old = try ContainerName.links(to: container.id, in: store)
        try ContainerName.take(name, for: container.id, in: store)
        do {
            if container.isRunning { try ContainerRequests(directory).noteChange() }
            try ContainerRecord.change(in: directory) { $0.name = name }
        } catch {
            try? Files.remove(store.names.appending(FilePath(name).components))
            throw error
        }
        for link in old { try Files.remove(link) }
    }

    /// Notes that somebody wants the container to stay as it ends.
    private func noteStop(_ container: Container) throws {
        let directory = try container.settledDirectory()
        try ContainerRecord.change(in: directory) { $0.stopRequested = true }
        // It may just be waiting to be started again.
        if let monitor = AttachServer.connect(in: directory) {
            _ = PacketSocket.send(AttachMessage.Request.recordChanged.bytes, to: monitor.rawValue)
        }
    }

    private func thaw(_ record: ContainerRecord) {
        guard let hierarchies = try? CgroupHierarchy.all() else { return }
        try? record.freezer(in: hierarchies)?.thaw()
    }
}
