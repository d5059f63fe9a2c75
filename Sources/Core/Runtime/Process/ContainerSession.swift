package import CLinux
internal import Glibc
package import Host
package import Logging
internal import SystemPackage

/// The time between a container's start and its end, during which mydocker passes on signals and what has to be
/// copied of its streams.
package struct ContainerSession: ~Copyable {
    private let process: ContainerProcess
    private let signals: Descriptor
    private let takesInput: Bool
    private let stopSignal: Int32
    private let relays: [StreamRelay]
    private let logger: Logger

    /// The signals that are read here; without SIGHUP if the caller has it ignored, as nohup(1) does.
    private static var signals: [Int32] {
        (ContainerProcess.relayedSignals + [SIGCHLD]).filter { $0 != SIGHUP || clx_is_ignored($0) == 0 }
    }

    /// Blocks the signals that are to reach the container, from now on until it has ended: none is lost, even
    /// one that comes before the container exists.
    ///
    /// - Returns: the signal mask before.
    package static func blockSignals() throws(SystemCallError) -> sigset_t {
        var set = sigset_t()
        var previous = sigset_t()
        sigemptyset(&set)
        for signal in Self.signals { sigaddset(&set, signal) }
        try systemCall("sigprocmask") { sigprocmask(SIG_BLOCK, &set, &previous) }
        return previous
    }

    /// Gives the signals their mask of before back.
    package static func restoreSignals(_ previous: sigset_t) {
        var previous = previous
        sigprocmask(SIG_SETMASK, &previous, nil)
    }

    /// A session with a container that has started; signals are blocked already.
    ///
    /// - Parameter stopSignal: what the container gets where mydocker gets SIGTERM.
    package init(
        _ process: consuming ContainerProcess, streams: StandardStreams, takesInput: Bool, stopSignal: Int32,
        logger: Logger
    ) throws(SystemCallError) {
        relays = streams.relays
        self.logger = logger
        self.process = process
        self.takesInput = takesInput
        self.stopSignal = stopSignal
        signals = try Self.signalDescriptor()
    }

    /// Where the blocked signals are read from (signalfd(2)).
    package static func signalDescriptor() throws(SystemCallError) -> Descriptor {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in Self.signals { sigaddset(&set, signal) }
        return Descriptor(
            owning: try systemCall("signalfd") { signalfd(-1, &set, Int32(SFD_CLOEXEC | SFD_NONBLOCK)) })
    }

    /// The next of the blocked signals that has come; nil if there is none.
    package static func nextSignal(from signals: borrowing Descriptor) -> Int32? {
        var information = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        return read(signals.rawValue, &information, size) == size ? Int32(information.ssi_signo) : nil
    }

    /// Waits for the container's end and tells how it ended.
    ///
    /// - Throws: ``SystemCallError``, also for output that could not be copied. The user's terminal is back in its old
    ///   mode in any case.
    package borrowing func wait() throws(SystemCallError) -> ExitStatus {
        guard let master = process.master else { return try waitWithoutTerminal() }
        let raw = isatty(STDIN_FILENO) != 0 && takesInput ? try RawTerminal.enter(STDIN_FILENO) : nil
        let isRaw = raw != nil
        defer { withExtendedLifetime(raw) {} }
        try systemCall("fcntl", "the terminal") { fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK) }
        var relay = TerminalRelay(master: master, takesInput: takesInput)
        var requests = StopRequests()
        var isOpen = true
        while true {
            try relay.waitForEvents(or: signals, patience: requests.patience())
            relay.copyInput()
            relay.copyOutput()
            if isOpen && isRaw && relay.hasInputEnded && clx_is_ignored(SIGHUP) == 0 {
                isOpen = false
                pass(SIGHUP, &requests)
            }
            if let status = try handleSignals(master: master, &requests) {
                relay.drainOutput()
                return status
            }
        }
    }

    private borrowing func waitWithoutTerminal() throws(SystemCallError) -> ExitStatus {
        var requests = StopRequests()
        while true {
            var set =
                [pollfd(fd: signals.rawValue, events: Int16(POLLIN), revents: 0)] + relays.map(\.interest)
            try systemCall("poll") { poll(&set, nfds_t(set.count), requests.patience()) }
            for (relay, entry) in zip(relays, set.dropFirst()) where entry.revents != 0 { relay.copy() }
            if let status = try handleSignals(master: nil, &requests) {
                relays.forEach { $0.drain() }
                return status
            }
        }
    }

    /// Why output of the container was lost, if any was.
    package borrowing func lostOutput() -> SystemCallError? { relays.lazy.compactMap(\.failure).first }

    /// Passes on every signal that has come; the exit status once the container has ended.
    private borrowing func handleSignals(
        master: Int32?, _ requests: inout StopRequests
    ) throws(SystemCallError) -> ExitStatus? {
        while let signal = Self.nextSignal(from: signals) {
            if signal == SIGWINCH, let master { WindowSize.copy(to: master) }
            if signal != SIGCHLD {
                pass(signal, &requests)
            } else if let status = try process.exitStatus() {
                return status
            }
        }
        if let verdict = requests.verdict() { kill(verdict) }
        return nil
    }

    private borrowing func pass(_ signal: Int32, _ requests: inout StopRequests) {
        if let verdict = requests.note(signal) { return kill(verdict) }
        process.relay(signal == SIGTERM ? stopSignal : signal)
    }

    /// Ends the command, which cannot ignore that.
    private borrowing func kill(_ verdict: StopRequests.Verdict) {
        switch verdict {
        case .ignored: logger.notice("killed: the command does not end by signals, and this was the third")
        case .hungUp: logger.notice("killed: the terminal was closed, and the command went on")
        }
        process.relay(SIGKILL)
    }
}
