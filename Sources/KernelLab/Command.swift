internal import CLinux
internal import Core
internal import Glibc
internal import SystemPackage

/// Another program: in a session of its own, which ends with this process however that ends.
struct Command {
    /// What came of it.
    struct Outcome {
        /// The wait status (wait(2)).
        var status: Int32 = 0
        /// Its output.
        var bytes: [UInt8] = []
        /// True if it was killed because it took too long.
        var isLate = false

        var text: String { String(decoding: bytes, as: UTF8.self) }
    }

    private let words: [String]
    private let environment: [String]

    init(_ words: [String], environment: [String] = []) {
        self.words = words
        self.environment = environment + ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
    }

    /// Runs it to its end.
    ///
    /// - Parameters:
    ///   - limit: how many seconds it may take; then it is killed.
    ///   - patience: how many seconds it has until `line` returns true for the first time.
    ///   - line: called with each line of its output, standard error included, as it comes; true if it is a sign
    ///     of life.
    /// - Throws: ``LabError/interrupted`` after SIGINT or SIGTERM to this process; it is dead then.
    func output(
        limit: Int = 3600, patience: Int = 3600, line: (String) -> Bool = { _ in true }
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
        let pid = try start(output: ends[1])
        close(ends[1])
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
        while true {
            var ready = [
                pollfd(fd: reader.rawValue, events: Int16(POLLIN), revents: 0),
                pollfd(fd: interrupts.rawValue, events: Int16(POLLIN), revents: 0),
            ]
            let left = start + (hasSpoken ? limit : min(limit, patience)) - time(nil)
            if left <= 0 || poll(&ready, 2, Int32(min(left, 3600) * 1000)) == 0 {
                isLate = true
                break
            }
            if ready[1].revents != 0 {
                // Taken, or it would end this process as soon as it is let through: before anything is cleaned up.
                var information = signalfd_siginfo()
                _ = read(interrupts.rawValue, &information, MemoryLayout<signalfd_siginfo>.size)
                throw LabError.interrupted
            }
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            let count = read(reader.rawValue, &buffer, buffer.count)
            if count <= 0 { break }
            text += buffer[..<count]
            rest += buffer[..<count]
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                if line(String(decoding: rest[..<end], as: UTF8.self).filter { $0 != "\r" }) {
                    hasSpoken = true
                }
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

    private func start(output: Int32) throws -> pid_t {
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
        defer { for pointer in arguments + variables { free(pointer) } }
        let parent = getpid()
        let pid = clx_clone(0, -1, nil)
        guard pid >= 0 else { throw SystemCallError("clone", words[0], errno: .current) }
        if pid > 0 { return pid }
        clx_reset_signals()
        setsid()
        clx_prctl(PR_SET_PDEATHSIG, UInt(SIGKILL))
        if getppid() != parent { _exit(1) }
        let null = open("/dev/null", O_RDONLY)
        dup2(null, STDIN_FILENO)
        dup2(output, STDOUT_FILENO)
        dup2(output, STDERR_FILENO)
        execve(words[0], &arguments, &variables)
        _exit(127)
    }
}
