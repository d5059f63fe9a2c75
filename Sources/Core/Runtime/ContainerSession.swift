internal import CLinux
internal import Glibc
internal import SystemPackage

/// The time between a container's start and its end, during which mydocker passes on signals and, if the
/// container has a terminal, what is typed and shown.
struct ContainerSession: ~Copyable {
    private let process: ContainerProcess
    private let signals: Descriptor
    private let takesInput: Bool
    private let stopSignal: Int32

    /// Blocks the signals that are to reach the container, from now on until it has ended: none is lost, even
    /// one that comes before the container exists.
    ///
    /// - Returns: the signal mask before.
    static func blockSignals() throws(SystemCallError) -> sigset_t {
        var set = sigset_t()
        var previous = sigset_t()
        sigemptyset(&set)
        for signal in ContainerProcess.relayedSignals + [SIGCHLD] { sigaddset(&set, signal) }
        try systemCall("sigprocmask") { sigprocmask(SIG_BLOCK, &set, &previous) }
        return previous
    }

    /// Gives the signals their mask of before back.
    static func restoreSignals(_ previous: sigset_t) {
        var previous = previous
        sigprocmask(SIG_SETMASK, &previous, nil)
    }

    /// A session with a container that has started; signals are blocked already.
    ///
    /// - Parameter stopSignal: what the container gets where mydocker gets SIGTERM.
    init(
        _ process: consuming ContainerProcess, takesInput: Bool, stopSignal: Int32
    ) throws(SystemCallError) {
        self.process = process
        self.takesInput = takesInput
        self.stopSignal = stopSignal
        var set = sigset_t()
        sigemptyset(&set)
        for signal in ContainerProcess.relayedSignals + [SIGCHLD] { sigaddset(&set, signal) }
        signals = Descriptor(
            owning: try systemCall("signalfd") { signalfd(-1, &set, Int32(SFD_CLOEXEC | SFD_NONBLOCK)) })
    }

    /// Waits for the container's end and tells how it ended.
    ///
    /// - Throws: ``SystemCallError``. The user's terminal is back in its old mode in any case.
    borrowing func wait() throws(SystemCallError) -> ExitStatus {
        guard let master = process.master else { return try waitWithoutTerminal() }
        let raw = isatty(STDIN_FILENO) != 0 && takesInput ? try RawTerminal.enter(STDIN_FILENO) : nil
        defer { withExtendedLifetime(raw) {} }
        try systemCall("fcntl", "the terminal") { fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK) }
        var relay = TerminalRelay(master: master, takesInput: takesInput)
        while true {
            try relay.waitForEvents(or: signals)
            relay.copyInput()
            relay.copyOutput()
            if let status = try handleSignals(master: master) {
                relay.drainOutput()
                return status
            }
        }
    }

    private borrowing func waitWithoutTerminal() throws(SystemCallError) -> ExitStatus {
        while true {
            var ready = pollfd(fd: signals.rawValue, events: Int16(POLLIN), revents: 0)
            try systemCall("poll") { poll(&ready, 1, -1) }
            if let status = try handleSignals(master: nil) { return status }
        }
    }

    /// Passes on every signal that has come; the exit status once the container has ended.
    private borrowing func handleSignals(master: Int32?) throws(SystemCallError) -> ExitStatus? {
        var information = signalfd_siginfo()
        let size = MemoryLayout<signalfd_siginfo>.size
        while read(signals.rawValue, &information, size) == size {
            let signal = Int32(information.ssi_signo)
            if signal == SIGWINCH, let master { WindowSize.copy(to: master) }
            if signal != SIGCHLD {
                process.relay(signal == SIGTERM ? stopSignal : signal)
            } else if let status = try process.exitStatus() {
                return status
            }
        }
        return nil
    }
}
