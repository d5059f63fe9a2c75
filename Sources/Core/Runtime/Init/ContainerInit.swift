internal import CLinux
internal import Glibc
internal import Host
public import Logging
internal import Mount
internal import SystemPackage

/// The half of mydocker that runs inside the container: `mydocker init`.
///
/// It is process 1 of the container's namespaces between clone3(2) and execve(2), and knows what its message
/// says and nothing else.
public struct ContainerInit {
    let message: InitMessage
    let logger: Logger

    /// The descriptors that connect the two halves.
    public struct Channels: Sendable {
        /// Where the message comes from: its length in eight bytes, then the message.
        public var message: Int32
        /// Where a failure goes to; a successful execve(2) closes it with nothing written.
        public var status: Int32
        /// A UNIX socket over which the terminal's master side is handed out; -1 without a terminal.
        public var console: Int32
        /// What is open besides: mounts that steps of the plan refer to (``MountStep/attach(descriptor:target:)``),
        /// and namespaces.
        var others: [Int32]

        /// The channels from their descriptors.
        public init(message: Int32, status: Int32, console: Int32) {
            self.init(message: message, status: status, console: console, others: [])
        }

        init(message: Int32, status: Int32, console: Int32, others: [Int32]) {
            self.message = message
            self.status = status
            self.console = console
            self.others = others
        }

        /// Closes every descriptor but these and the standard streams.
        func closeAllOthers() throws(SystemCallError) {
            try OpenDescriptors.close(besides: [message, status, console] + others)
        }
    }

    /// The largest message that is accepted: well above what execve(2) takes of arguments.
    static let largestMessage = 64 << 20

    /// Reads the message, sets the container up, and becomes its command; never returns.
    ///
    /// Runs in a process with a single thread, which has every namespace of its own already.
    public static func run(_ channels: Channels, logger: Logger) -> Never {
        run(channels, streams: .terminal, logger: logger) {}
    }

    /// The same with standard streams that are yet to be put in their places, and cgroups that are yet to be entered.
    package static func run(
        _ channels: Channels, streams: StandardStreams, logger: Logger, enterCgroups: () throws -> Void
    ) -> Never {
        var clock = StepClock(logger)
        do {
            try begin(channels, streams, enterCgroups)
            let message = try InitMessage(encoded: receive(channels.message))
            clock.end("init: message")
            logger.info("init started", metadata: ["pid": "\(getpid())"])
            try ContainerInit(message: message, logger: logger).start(channels, &clock)
        } catch { fail(error, channels) }
    }

    /// Reads a command, and becomes it in a container that is running; never returns.
    ///
    /// - Parameters:
    ///   - outlives: true for a command that goes on when the mydocker that has started it ends.
    ///   - entersUsers: true if one of the namespaces is a user namespace.
    ///   - enter: enters cgroups and namespaces.
    static func join(
        _ channels: Channels, streams: StandardStreams, outlives: Bool, entersUsers: Bool, logger: Logger,
        enter: () throws -> Void
    ) -> Never {
        var clock = StepClock(logger)
        do {
            try begin(channels, streams, enter)
            if entersUsers { try becomeRoot(channels) }
            let command = CommandStart(
                spec: try ProcessSpec(encoded: receive(channels.message)), logger: logger)
            if outlives { clx_prctl(PR_SET_PDEATHSIG, 0) }
            try systemCall("chdir", "/") { chdir("/") }
            try command.limit(isUnprivileged: entersUsers || ProcessRights.areLimited)
            try command.place(channels, command.openStreams(isFirst: false))
            try command.become(outlives ? nil : channels, &clock)
        } catch { fail(error, channels) }
    }

    /// What comes before anything that the container has a part in.
    private static func begin(
        _ channels: Channels, _ streams: StandardStreams, _ enter: () throws -> Void
    ) throws {
        // The container does not outlive the mydocker that watches over it. If that one has died already, the pipe is
        // at its end.
        clx_prctl(PR_SET_PDEATHSIG, UInt(SIGKILL))
        clx_prctl(
            PR_SET_NAME, UInt(bitPattern: UnsafeRawPointer(("mydocker init\0" as StaticString).utf8Start))
        )
        // Nothing in the container may look into this process through /proc, its executable included.
        clx_prctl(PR_SET_DUMPABLE, 0)
        // Before the first path that an image chose is resolved, nothing of the host's is open any more: neither
        // mydocker's own (locks on directories of the store) nor what its caller has left open.
        for relay in streams.relays { try relay.replaceStreams() }
        try channels.closeAllOthers()
        clx_reset_signals()
        try enter()
    }

    /// In a user namespace that is the container's: becomes its root, and still dies with mydocker.
    static func becomeRoot(_ channels: Channels) throws(SystemCallError) {
        try UserNamespace.becomeRoot()
        CommandStart.stayWithParent(channels)
    }

    private static func fail(_ error: any Error, _ channels: Channels) -> Never {
        report(InitFailure(error), to: channels.status)
        _exit(ExitStatus.ownError.rawValue)
    }

    /// Sends a message in the form that ``run(_:logger:)`` reads.
    ///
    /// - Throws: ``SystemCallError``; EPIPE if the other half has died.
    static func send(_ message: [UInt8], to pipe: borrowing Descriptor) throws(SystemCallError) {
        var frame = WireWriter()
        frame.put(message)
        try pipe.write(frame.bytes, subject: "the pipe to init")
    }

    private static func receive(_ pipe: Int32) throws -> [UInt8] {
        let descriptor = Descriptor(owning: pipe)
        var header = WireReader(try descriptor.read(exactly: 8, subject: "the pipe to init"))
        let length = try header.int()
        guard length > 0 && length <= largestMessage else {
            throw InitFailure("read the message", "\(length) bytes", errno: .invalidArgument)
        }
        return try descriptor.read(exactly: length, subject: "the pipe to init")
    }

    private static func report(_ failure: InitFailure, to status: Int32) {
        let pipe = Descriptor(owning: status)
        try? pipe.write(failure.encoded, subject: "the status pipe")
    }

    private func start(_ channels: Channels, _ clock: inout StepClock) throws -> Never {
        let borrowed = message.root.isUnprivileged ? try BorrowedMounts(message.root) : nil
        let mounts = try enterRoot(channels)
        if message.root.ownsUsers { try Self.becomeRoot(channels) }
        try mountKernelFileSystems(borrowed)
        try changeKernelSettings()
        if message.root.restrictsKernelFileSystems { try restrictKernelFileSystems() }
        if let borrowed { try borrowed.placeDevices(message.root.devices) } else { try makeDevices() }
        let command = CommandStart(spec: message.process, logger: logger)
        let streams = try command.openStreams(isFirst: true)
        if !message.root.mounts.isEmpty { try attach(mounts) }
        try mountFiles()
        clock.end("init: mounts")
        try setNames()
        try systemCall("set interface up", "lo") { clx_interface_up("lo") }
        try command.limit(isUnprivileged: message.root.isUnprivileged)
        if message.reaper { try becomeReaper(channels) }
        try command.place(channels, streams)
        if message.root.readOnly { try Mounting.restrict("/", readOnly: true) }
        try command.become(channels, &clock)
    }
}
