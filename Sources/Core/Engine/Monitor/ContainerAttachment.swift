internal import CLinux
internal import Glibc
internal import Host
public import Runtime
public import Storage
internal import SystemPackage

/// The caller's terminal or streams, connected with a container that runs in the background: `mydocker attach`, `start -a`.
public struct ContainerAttachment: ~Copyable {
    private let socket: Descriptor
    private let hasTerminal: Bool
    private let takesInput: Bool
    private let passesSignals: Bool
    private let detachKeys: [UInt8]

    /// How an attachment ends.
    public enum End: Equatable, Sendable {
        /// The container's command has ended.
        case ended(ExitStatus)
        /// The user has typed the keys for it; the container goes on.
        case detached
        /// The container's monitor is gone.
        case lost
    }

    /// What ends an attachment unless the user says otherwise.
    public static let usualDetachKeys = "ctrl-p,ctrl-q"

    /// A connection with a container that runs.
    ///
    /// - Parameters:
    ///   - takesInput: true to pass on what is typed.
    ///   - passesSignals: true to pass on signals that this process gets.
    ///   - detachKeys: as ``DetachKeys`` reads them.
    /// - Throws: ``RunError/notRunning(_:)``, ``RunError/notDetached(_:)``,
    ///   ``RunError/invalidOption(option:value:reason:)``; as ``Containers/find(_:)``.
    public init(
        to nameOrID: String, in store: Store, takesInput: Bool, passesSignals: Bool, detachKeys: String
    ) throws {
        let keys = try DetachKeys.parse(detachKeys)
        let container = try Containers(store).find(nameOrID)
        let record = try container.startedRecord()
        guard record.isRunning || record.detached == true && container.isRunning else {
            throw RunError.notRunning(nameOrID)
        }
        guard let socket = AttachServer.connect(in: container.runningDirectory) else {
            throw RunError.notDetached(nameOrID)
        }
        self.init(
            socket: socket, hasTerminal: record.spec?.terminal == true,
            takesInput: takesInput && record.spec?.interactive == true, passesSignals: passesSignals, keys)
    }

    /// The connection with a container that is just being started.
    ///
    /// - Throws: as above.
    public init(
        to start: MonitorStart, of nameOrID: String, in store: Store, takesInput: Bool, passesSignals: Bool,
        detachKeys: String
    ) throws {
        let keys = try DetachKeys.parse(detachKeys)
        let spec = try Containers(store).find(nameOrID).record().spec
        self.init(
            socket: Descriptor(owning: start.attached ?? -1), hasTerminal: spec?.terminal == true,
            takesInput: takesInput && spec?.interactive == true, passesSignals: passesSignals, keys)
    }

    private init(
        socket: consuming Descriptor, hasTerminal: Bool, takesInput: Bool, passesSignals: Bool,
        _ keys: [UInt8]
    ) {
        self.socket = socket
        self.hasTerminal = hasTerminal
        self.takesInput = takesInput
        self.passesSignals = passesSignals
        detachKeys = keys
    }

    /// Passes everything on until one of the two sides ends it.
    ///
    /// - Throws: ``SystemCallError``, also where the caller's output cannot be written to.
    public borrowing func run() throws -> End {
        let previousMask = try ContainerSession.blockSignals()
        defer { ContainerSession.restoreSignals(previousMask) }
        let signals = try ContainerSession.signalDescriptor()
        let raw =
            hasTerminal && takesInput && isatty(STDIN_FILENO) != 0 ? try RawTerminal.enter(STDIN_FILENO) : nil
        defer { withExtendedLifetime(raw) {} }
        if hasTerminal { sendWindow() }
        var keys = DetachKeys(raw == nil ? [] : detachKeys)
        var reads = takesInput
        while true {
            var set = [
                pollfd(fd: socket.rawValue, events: Int16(POLLIN), revents: 0),
                pollfd(fd: signals.rawValue, events: Int16(POLLIN), revents: 0),
                pollfd(fd: reads ? STDIN_FILENO : -1, events: Int16(POLLIN), revents: 0),
            ]
            try systemCall("poll") { poll(&set, nfds_t(set.count), -1) }
            if set[0].revents != 0, let end = try readReports() { return end }
            if set[1].revents != 0 { passSignals(signals) }
            guard set[2].revents != 0 else { continue }
            guard let bytes = StreamBytes.read(STDIN_FILENO), !bytes.isEmpty else {
                reads = false
                if !hasTerminal { send(.endOfInput) }
                continue
            }
            let (passed, isDetached) = keys.filter(bytes)
            if !passed.isEmpty { send(.input(passed)) }
            if isDetached { return .detached }
        }
    }

    private borrowing func readReports() throws -> End? {
        while let bytes = PacketSocket.read(socket.rawValue) {
            switch AttachMessage.Report(bytes) {
            case .output(let stream, let text):
                guard StreamBytes.writeAll(text, to: stream) else {
                    throw SystemCallError("write", stream == 1 ? "the standard output" : "the standard error")
                }
            case .ended(let status): return .ended(ExitStatus(rawValue: Int32(status)))
            case nil: return .lost
            }
        }
        return errno == EAGAIN ? nil : .lost
    }

    private borrowing func passSignals(_ signals: borrowing Descriptor) {
        while let signal = ContainerSession.nextSignal(from: signals) {
            if signal == SIGWINCH {
                if hasTerminal { sendWindow() }
            } else if signal != SIGCHLD {
                if passesSignals {
                    send(.signal(signal))
                } else {
                    exit(128 + signal)
                }
            }
        }
    }

    private borrowing func sendWindow() {
        guard let size = WindowSize.own() else { return }
        send(.window(rows: size.rows, columns: size.columns))
    }

    /// Waits for room, so that nothing that was typed is lost.
    private borrowing func send(_ request: AttachMessage.Request) {
        let bytes = request.bytes
        while !PacketSocket.send(bytes, to: socket.rawValue) {
            var set = [pollfd(fd: socket.rawValue, events: Int16(POLLOUT), revents: 0)]
            poll(&set, 1, -1)
        }
    }
}
