internal import CLinux
internal import Core
internal import Glibc
internal import SystemPackage

/// Another program: in a session of its own, which ends with this process however that ends.
///
/// So does whatever an isolated one has started: it is in a PID namespace of its own.
struct Command {
    /// What came of it.
    struct Outcome {
        /// The wait status (wait(2)).
        var status: Int32 = 0
        /// Its output.
        var bytes: [UInt8] = []
        /// True if it was killed because it took too long.
        var isLate = false

        /// As a shell has it: 128 and more for a signal.
        var shellStatus: Int32 { Command.shellStatus(status) }

        var text: String { String(decoding: bytes, as: UTF8.self) }
    }

    private let words: [String]
    private let environment: [String]
    private let errors: FilePath?
    private let isIsolated: Bool
    private let takesInput: Bool

    /// - Parameters:
    ///   - errors: a file for its standard error; else that is part of its output.
    ///   - isIsolated: true for one that does without the numbers that others have in /proc.
    ///   - takesInput: true for one that gets files on its standard input, which is open as long as it runs.
    init(
        _ words: [String], environment: [String] = [], errors: FilePath? = nil, isIsolated: Bool = false,
        takesInput: Bool = false
    ) {
        self.takesInput = takesInput
        self.words = words
        self.errors = errors
        self.isIsolated = isIsolated
        self.environment = environment + ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
    }

    /// Runs it to its end.
    ///
    /// - Parameters:
    ///   - limit: how many seconds it may take; then it is killed.
    ///   - patience: how many seconds it has until `line` returns true for the first time.
    ///   - line: called with each line of its output, standard error included, as it comes; true if it is a sign
    ///     of life.
    ///   - answer: the file that it gets after a line; nil for none.
    /// - Throws: ``LabError/interrupted`` after SIGINT or SIGTERM to this process; it is dead then.
    func output(
        limit: Int = 3600, patience: Int = 3600, line: (String) -> Bool = { _ in true },
        answer: (String) -> FilePath? = { _ in nil }
    ) throws -> Outcome {
        var signals = sigset_t()
        var previous = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, signal) }
        sigprocmask(SIG_BLOCK, &signals, &previous)
        defer { sigprocmask(SIG_SETMASK, &previous, nil) }
        let interrupts = Descriptor(owning: signalfd(-1, &signals, Int32(SFD_CLOEXEC)))
        var ends: [Int32] = [-1, -1]
        guard clx_pipe2(&ends, O_CLOEXEC) == 0 else { throw SystemCallError("pipe2", "", errno: .current) }
        let reader = Descriptor(owning: ends[0])
        let (input, feed) = takesInput ? try DescriptorPair.sockets().takeBoth() : (-1, -1)
        var feeder = Feeder(socket: Descriptor(owning: feed))
        let pid: pid_t
        do {
            defer {
                close(ends[1])
                if input >= 0 { close(input) }
            }
            pid = try start(input: input, output: ends[1])
        }
        var isOver = false
        defer {
            if !isOver {
                kill(-pid, SIGKILL)
                var status: Int32 = 0
                while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
            }
        }
        let start = time(nil)
        var hasSpoken = false
        var (text, rest) = ([UInt8](), [UInt8]())
        var isLate = false
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            var ready = [
                pollfd(fd: reader.rawValue, events: Int16(POLLIN), revents: 0),
                pollfd(fd: interrupts.rawValue, events: Int16(POLLIN), revents: 0),
                pollfd(fd: feeder.waiting, events: Int16(POLLOUT), revents: 0),
            ]
            let left = start + (hasSpoken ? limit : min(limit, patience)) - time(nil)
            if left <= 0 || poll(&ready, 3, Int32(min(left, 3600) * 1000)) == 0 {
                isLate = true
                break
            }
            if ready[1].revents != 0 {
                // Taken, or it would end this process as soon as it is let through: before anything is cleaned up.
                var information = signalfd_siginfo()
                _ = read(interrupts.rawValue, &information, MemoryLayout<signalfd_siginfo>.size)
                throw LabError.interrupted
            }
            if ready[2].revents != 0 { try feeder.feed() }
            if ready[0].revents == 0 { continue }
            let count = read(reader.rawValue, &buffer, buffer.count)
            if count <= 0 { break }
            text += buffer[..<count]
            // What is at the other end may be anybody's.
            if text.count > Self.outputLimit {
                throw LabError.noResult("wrote more than \(Self.outputLimit >> 20) MiB")
            }
            rest += buffer[..<count]
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                let words = String(decoding: rest[..<end], as: UTF8.self).filter { $0 != "\r" }
                if line(words) { hasSpoken = true }
                if let file = answer(words) { try feeder.begin(file) }
                rest.removeSubrange(...end)
            }
        }
        // Whatever it has left running goes with it.
        if isLate { kill(-pid, SIGKILL) }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        isOver = true
        kill(-pid, SIGKILL)
        return Outcome(status: status, bytes: text, isLate: isLate)
    }

    private static let outputLimit = 64 << 20

    /// What is given to a program, as it takes it.
    private struct Feeder: ~Copyable {
        let socket: Descriptor
        private var file: Descriptor?
        private var rest: ArraySlice<UInt8> = []

        init(socket: consuming Descriptor) {
            self.socket = socket
        }

        /// The descriptor to be written to; -1 if there is nothing to be written.
        var waiting: Int32 { file == nil && rest.isEmpty ? -1 : socket.rawValue }

        mutating func begin(_ path: FilePath) throws {
            file = try Descriptor(path, O_RDONLY)
        }

        /// Writes what is taken without waiting: a program that takes nothing more is about to end, and says why.
        mutating func feed() throws {
            if rest.isEmpty, let number = file?.rawValue {
                var buffer = [UInt8](repeating: 0, count: 1 << 16)
                let count = read(number, &buffer, buffer.count)
                rest = buffer[..<max(0, count)]
                if count <= 0 { file = nil }
            }
            guard !rest.isEmpty else { return }
            let sent = rest.withUnsafeBytes {
                send(socket.rawValue, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            if sent > 0 {
                rest.removeFirst(sent)
            } else if errno != EAGAIN {
                file = nil
                rest = []
            }
        }
    }

    private func start(input: Int32, output: Int32) throws -> pid_t {
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
        defer { for pointer in arguments + variables { free(pointer) } }
        var errorOutput = output
        if let errors {
            errorOutput = try Descriptor(errors, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600).take()
        }
        defer { if errorOutput != output { close(errorOutput) } }
        let parent = Descriptor(owning: clx_pidfd_open(getpid()))
        let pid = clx_clone(isIsolated ? UInt64(CLONE_NEWPID) : 0, -1, nil)
        guard pid >= 0 else { throw SystemCallError("clone", words[0], errno: .current) }
        if pid > 0 { return pid }
        clx_reset_signals()
        setsid()
        clx_prctl(PR_SET_PDEATHSIG, UInt(SIGKILL))
        // It may have died before that.
        var death = pollfd(fd: parent.rawValue, events: Int16(POLLIN), revents: 0)
        if poll(&death, 1, 0) != 0 { _exit(1) }
        let null = open("/dev/null", O_RDONLY)
        dup2(input >= 0 ? input : null, STDIN_FILENO)
        dup2(output, STDOUT_FILENO)
        dup2(errorOutput, STDERR_FILENO)
        if isIsolated { Self.supervise() }
        execve(words[0], &arguments, &variables)
        _exit(127)
    }

    /// Returns in a child of this process, which is the first of its PID namespace: the namespace ends with it, and the
    /// first process of one is no place for a program that wants to be ended by its own signals.
    private static func supervise() {
        let child = clx_clone(0, -1, nil)
        if child == 0 { return }
        _ = clx_close_range(0, .max, 0)
        while true {
            var status: Int32 = 0
            let ended = waitpid(-1, &status, 0)
            if ended < 0 && errno != EINTR { _exit(1) }
            if ended == child { _exit(shellStatus(status)) }
        }
    }

    /// What a shell makes of a wait status.
    private static func shellStatus(_ status: Int32) -> Int32 {
        status & 0x7f == 0 ? status >> 8 & 0xff : 128 + (status & 0x7f)
    }
}
