internal import CLinux
internal import Glibc
internal import Host
internal import Logging
internal import Runtime
internal import SystemPackage

/// The time between a container's start and its end, as its monitor lives it: everything that its command writes goes to
/// whoever is attached, and what they type goes to the command.
struct MonitorSession: ~Copyable {
    private let process: ContainerProcess
    private let signals: Descriptor
    private let streams: StandardStreams
    private let stopSignal: Int32
    private let logger: Logger

    init(
        _ process: consuming ContainerProcess, _ streams: StandardStreams, stopSignal: Int32, logger: Logger
    ) throws(SystemCallError) {
        self.process = process
        self.streams = streams
        self.stopSignal = stopSignal
        self.logger = logger
        signals = try ContainerSession.signalDescriptor()
    }

    /// One of the command's outputs: its number, and what is read.
    private struct Output {
        let stream: Int32
        let descriptor: Int32
        var isOpen = true
    }

    /// Waits for the command's end.
    ///
    /// - Throws: ``SystemCallError``.
    borrowing func wait(_ monitor: ContainerMonitor) throws(SystemCallError) -> ExitStatus {
        if let master = process.master {
            try systemCall("fcntl", "the terminal") { fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK) }
        }
        var outputs =
            process.master.map { [Output(stream: STDOUT_FILENO, descriptor: $0)] }
            ?? streams.relays.filter { $0.streams[0] != STDIN_FILENO }.map {
                Output(stream: $0.streams[0], descriptor: $0.end)
            }
        var input = InputQueue(process.master, streams.relays.first { $0.streams[0] == STDIN_FILENO })
        clx_release_memory()
        while true {
            var set = [pollfd(fd: signals.rawValue, events: Int16(POLLIN), revents: 0)]
            set += outputs.map {
                pollfd(fd: $0.isOpen ? $0.descriptor : -1, events: Int16(POLLIN), revents: 0)
            }
            set.append(input.interest)
            let own = set.count
            set += monitor.interest(readsInput: input.isEmpty)
            let clients = set.count
            set += monitor.health?.interest ?? []
            try systemCall("poll") { poll(&set, nfds_t(set.count), monitor.health?.patience ?? -1) }
            monitor.health?.work()
            for index in outputs.indices where set[1 + index].revents != 0 { pass(&outputs[index], monitor) }
            if set[own - 1].revents != 0 { input.flush() }
            for request in monitor.handle(set[own..<clients]) { handle(request, &input) }
            if let status = try handleSignals(monitor) {
                for index in outputs.indices {
                    while outputs[index].isOpen && pass(&outputs[index], monitor) {}
                }
                monitor.commandEnded()
                return status
            }
        }
    }

    /// Passes on one buffer.
    ///
    /// - Returns: false if there was nothing.
    @discardableResult
    private borrowing func pass(_ output: inout Output, _ monitor: ContainerMonitor) -> Bool {
        guard let bytes = StreamBytes.read(output.descriptor) else {
            // EIO: nobody holds the terminal's other side open (tty_ioctl(4), "hung up").
            if errno != EAGAIN { output.isOpen = false }
            return false
        }
        guard !bytes.isEmpty else {
            output.isOpen = false
            return false
        }
        monitor.tell(output.stream, bytes)
        return true
    }

    private borrowing func handle(_ request: AttachMessage.Request, _ input: inout InputQueue) {
        switch request {
        case .input(let bytes): input.add(bytes)
        case .endOfInput: input.end()
        case .window(let rows, let columns):
            if let master = process.master { _ = clx_set_window_size(master, rows, columns) }
        case .signal(let number):
            if number > 0 { process.relay(number) }
        case .recordChanged: break
        }
    }

    private borrowing func handleSignals(_ monitor: ContainerMonitor) throws(SystemCallError) -> ExitStatus? {
        while let signal = ContainerSession.nextSignal(from: signals) {
            if signal == SIGCHLD {
                if let status = try process.exitStatus() { return status }
            } else if signal != SIGWINCH {
                // The machine goes down: nothing is started again.
                monitor.end()
                process.relay(signal == SIGTERM ? stopSignal : signal)
            }
        }
        return nil
    }
}

/// What is on its way to the command's standard input.
struct InputQueue {
    private let relay: StreamRelay?
    private let terminal: Int32?
    private var waiting: [UInt8] = []
    private var hasEnded = false

    init(_ terminal: Int32?, _ relay: StreamRelay?) {
        self.terminal = terminal
        self.relay = relay
    }

    private var descriptor: Int32 { terminal ?? relay?.end ?? -1 }

    /// True if everything has been passed on.
    var isEmpty: Bool { waiting.isEmpty }

    /// What poll(2) has to wait for.
    var interest: pollfd {
        pollfd(fd: waiting.isEmpty ? -1 : descriptor, events: Int16(POLLOUT), revents: 0)
    }

    mutating func add(_ bytes: [UInt8]) {
        guard descriptor >= 0, !hasEnded else { return }
        waiting += bytes
        flush()
    }

    mutating func flush() {
        while !waiting.isEmpty {
            guard let count = StreamBytes.write(waiting[...], to: descriptor) else {
                // Nobody reads any more.
                if errno != EAGAIN { waiting = [] }
                break
            }
            waiting.removeFirst(count)
        }
        if hasEnded && waiting.isEmpty { relay?.closeEnd() }
    }

    /// Ends the input when everything has been passed on; a terminal has no end.
    mutating func end() {
        guard terminal == nil else { return }
        hasEnded = true
        flush()
    }
}
