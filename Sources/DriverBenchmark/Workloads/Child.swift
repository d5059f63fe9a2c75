internal import CLinux
internal import Core
internal import Glibc
internal import SystemPackage

/// A program that is being measured; its output is read, and nothing else of it is seen.
final class Child {
    /// What is run, on which store.
    struct Command {
        let words: [String]
        let environment: [String]

        init(_ words: [String], _ store: Store) {
            self.words = words
            let variable = ExecutableDrivers.variable
            let drivers = getenv(variable).map { ["\(variable)=\(String(cString: $0))"] } ?? []
            environment = ["MYDOCKER_ROOT=\(store.root)", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"] + drivers
        }
    }

    private let words: [String]
    private let pid: pid_t
    private let output: Descriptor
    private var isWaitedFor = false

    convenience init(_ words: [String], _ store: Store) throws {
        try self.init(Command(words, store))
    }

    init(_ command: Command) throws {
        words = command.words
        var ends: [Int32] = [-1, -1]
        guard clx_pipe2(&ends, O_CLOEXEC) == 0 else { throw SystemCallError("pipe2", "", errno: .current) }
        let reader = Descriptor(owning: ends[0])
        let writer = Descriptor(owning: ends[1])
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        for stream in [STDOUT_FILENO, STDERR_FILENO] {
            posix_spawn_file_actions_adddup2(&actions, writer.rawValue, stream)
        }
        var arguments: [UnsafeMutablePointer<CChar>?] = command.words.map { strdup($0) } + [nil]
        var environment: [UnsafeMutablePointer<CChar>?] = command.environment.map { strdup($0) } + [nil]
        defer { for pointer in arguments + environment { free(pointer) } }
        var pid = pid_t()
        let reason = posix_spawn(&pid, command.words[0], &actions, nil, &arguments, &environment)
        guard reason == 0 else {
            throw SystemCallError("posix_spawn", command.words[0], errno: Errno(rawValue: reason))
        }
        self.pid = pid
        output = reader
    }

    deinit {
        guard !isWaitedFor else { return }
        kill(pid, SIGKILL)
        var status: Int32 = 0
        waitpid(pid, &status, 0)
    }

    /// Waits for the first byte of output.
    ///
    /// - Returns: when it came.
    func firstByte() throws -> Double {
        var byte: UInt8 = 0
        guard read(output.rawValue, &byte, 1) == 1 else {
            throw NotMeasured(reason: "\(words.joined(separator: " ")) said nothing")
        }
        return Stopwatch.now()
    }

    /// Waits for the end, which has to be a good one.
    ///
    /// - Returns: what it wrote.
    @discardableResult
    func expectSuccess() throws -> String {
        let (status, text) = try finish()
        guard status == 0 else {
            throw CommandFailed(
                reason: "\(words.joined(separator: " ")): \(text.split(separator: "\n").last ?? "failed")")
        }
        return text
    }

    /// Waits for the end.
    ///
    /// Somebody whom it has started may still hold its output open: that is not waited for.
    ///
    /// - Returns: its status as a shell has it, and what it wrote, of which no more than ``outputLimit`` is kept.
    func finish() throws -> (status: Int32, text: String) {
        let end = Descriptor(owning: clx_pidfd_open(pid))
        var (text, isOver) = ([UInt8](), false)
        while true {
            var ready = [
                pollfd(fd: output.rawValue, events: Int16(POLLIN), revents: 0),
                pollfd(fd: end.rawValue, events: Int16(POLLIN), revents: 0),
            ]
            // Once it is over, what there is.
            let count = poll(&ready, isOver ? 1 : 2, isOver ? 0 : -1)
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { break }
            if ready[0].revents != 0 {
                var buffer = [UInt8](repeating: 0, count: 1 << 16)
                let count = read(output.rawValue, &buffer, buffer.count)
                if count <= 0 { break }
                text += buffer[..<min(count, max(0, Self.outputLimit - text.count))]
            } else {
                isOver = true
            }
        }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        isWaitedFor = true
        return (
            status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f,
            String(decoding: text, as: UTF8.self)
        )
    }

    private static let outputLimit = 4 << 20
}
