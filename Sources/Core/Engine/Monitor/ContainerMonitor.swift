internal import CLinux
internal import Glibc
internal import Host
public import Runtime
internal import SystemPackage

/// The half of mydocker that has gone into the background, and watches over a container there: it has the container's streams,
/// lets others attach to it, and starts it again if its policy says so.
///
/// A process has one at most. Whoever has started it hears when the container's command has begun.
public final class ContainerMonitor {
    private let ready: Int32
    private let first: Int32?
    private var server: AttachServer?
    private var log: ContainerLogWriter?
    /// The checks of the container's health, while it runs.
    private(set) var health: HealthRunner?
    /// True when this process was asked to end, and the container with it.
    private(set) var isEnding = false

    private init(ready: Int32, first: Int32?) {
        self.ready = ready
        self.first = first
    }

    /// Goes into the background: from here on there are two processes.
    ///
    /// Must be called while this process has a single thread.
    ///
    /// - Parameter attaches: true to have the caller attached from the beginning.
    /// - Throws: ``SystemCallError``.
    public static func begin(attaching attaches: Bool = false) throws -> Halves {
        let pipe = try DescriptorPair.pipe()
        var ends: [Int32] = [-1, -1]
        if attaches { try systemCall("socketpair") { clx_packet_pair(&ends) } }
        let process = try systemCall("clone") { clx_clone(0, -1, nil) }
        guard process == 0 else {
            if attaches { close(ends[1]) }
            return .caller(
                MonitorStart(
                    process: process, ready: pipe.onlyFirst().take(), attached: attaches ? ends[0] : nil))
        }
        if attaches { close(ends[0]) }
        let ready = pipe.onlySecond().take()
        setsid()
        // A log that may not get larger is a full disk's, and no reason to end (setrlimit(2), RLIMIT_FSIZE).
        signal(SIGXFSZ, SIG_IGN)
        // What the caller has open besides is not the container's business; the standard error is, until it runs.
        let kept = [ready] + (attaches ? [ends[1]] : [])
        let nothing = try Descriptor("/dev/null", O_RDWR)
        for stream in [STDIN_FILENO, STDOUT_FILENO] { dup2(nothing.rawValue, stream) }
        try OpenDescriptors.close(besides: kept)
        try Rootless.note()
        return .monitor(ContainerMonitor(ready: ready, first: attaches ? ends[1] : nil))
    }

    /// Which half this is.
    public enum Halves {
        /// The one that goes on in the foreground.
        case caller(MonitorStart)
        /// The one in the background.
        case monitor(ContainerMonitor)
    }

    /// Notes that the container's command runs.
    func began(_ id: String, in directory: FilePath, log options: ContainerLogOptions) throws(SystemCallError)
    {
        guard server == nil else { return }
        if options.driver != .none { log = try ContainerLogWriter(in: directory, options) }
        server = try AttachServer(in: directory, first: first)
        var text = Array("\(id)\n".utf8)
        write(ready, &text, text.count)
        close(ready)
        // Nobody reads it any more.
        let nothing = try Descriptor("/dev/null", O_RDWR)
        dup2(nothing.rawValue, STDERR_FILENO)
        _ = chdir("/")
    }

    /// Notes that this process is to end.
    func end() { isEnding = true }

    /// What poll(2) has to wait for besides the container's own.
    func interest(readsInput: Bool) -> [pollfd] { server?.interest(readsInput: readsInput) ?? [] }

    /// Takes what has come of it.
    func handle(_ events: ArraySlice<pollfd>) -> [AttachMessage.Request] { server?.handle(events) ?? [] }

    /// Passes on what the command has written.
    func tell(_ stream: Int32, _ bytes: [UInt8]) {
        bytes.withUnsafeBytes { log?.write($0, from: stream == STDERR_FILENO ? .stderr : .stdout) }
        server?.send(.output(stream, bytes))
    }

    /// Has the health of the container checked from now on.
    func check(_ health: HealthRunner?) { self.health = health }

    /// Notes that the command has ended: what it has written last has no more to come.
    func commandEnded() {
        log?.endStreams()
        health?.end()
        health = nil
    }

    /// Tells everybody that the container has ended for good.
    func finish(_ status: ExitStatus?) {
        guard let status else { return }
        server?.send(.ended(UInt8(truncatingIfNeeded: status.rawValue)))
    }
}

/// A monitor that is starting a container, as its caller sees it.
public struct MonitorStart {
    private let process: Int32
    private let ready: Int32
    /// The caller's end of a connection with the monitor, if it is attached.
    let attached: Int32?

    init(process: Int32, ready: Int32, attached: Int32?) {
        self.process = process
        self.ready = ready
        self.attached = attached
    }

    /// How the start went.
    public enum Result {
        /// The container of this ID runs.
        case started(String)
        /// It failed; the monitor has said why, and this is its exit status.
        case failed(ExitStatus)
    }

    /// Waits until the container's command runs, or something has failed.
    ///
    /// - Throws: ``SystemCallError``.
    public func wait() throws -> Result {
        let pipe = Descriptor(owning: ready)
        let text = String(
            decoding: try pipe.readAll(limit: 256, subject: "the monitor's pipe"), as: UTF8.self)
        if text.hasSuffix("\n") { return .started(String(text.dropLast())) }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        return .failed(ExitStatus(waitStatus: status))
    }
}
