import CLinux
import Foundation
import Glibc
import Testing

/// A program that a test has started: its standard streams are pipes unless the test says otherwise.
///
/// Nothing here waits for time to pass: a test goes on when a line, an end of file or an exit has come.
final class Program {
    /// Where a standard stream leads.
    enum Stream {
        case pipe, null, closed
        case descriptor(Int32)
    }

    /// What the program is started with.
    struct Setup {
        var environment: [String: String] = [:]
        var input = Stream.null
        var output = Stream.pipe
        var errors = Stream.pipe
        /// Descriptors that it inherits besides, as the numbers it sees and what they are here.
        var inherited: [Int32: Int32] = [:]
        /// A terminal that becomes the controlling one and all three standard streams.
        var terminal: String?
    }

    let pid: pid_t
    private var input: Int32?
    private var readers: [Int32: WritableKeyPath<Outcome, [UInt8]>] = [:]
    private var outcome = Outcome()
    private var taken = 0

    convenience init(_ words: [String], _ setup: Setup = Setup()) throws {
        try self.init(bytes: words.map { Array($0.utf8) }, setup)
    }

    init(bytes words: [[UInt8]], _ setup: Setup = Setup()) throws {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        var toClose: [Int32] = []
        defer { toClose.forEach { close($0) } }
        let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        if let terminal = setup.terminal {
            posix_spawn_file_actions_addopen(&actions, 0, terminal, O_RDWR, 0)
            posix_spawn_file_actions_adddup2(&actions, 0, 1)
            posix_spawn_file_actions_adddup2(&actions, 0, 2)
        } else {
            for (number, stream) in [(Int32(0), setup.input), (1, setup.output), (2, setup.errors)] {
                switch stream {
                case .null:
                    posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_RDWR, 0)
                case .closed:
                    posix_spawn_file_actions_addclose(&actions, number)
                case .descriptor(let descriptor):
                    posix_spawn_file_actions_adddup2(&actions, descriptor, number)
                case .pipe:
                    let (reader, writer) = try makePipe()
                    posix_spawn_file_actions_adddup2(&actions, number == 0 ? reader : writer, number)
                    toClose.append(number == 0 ? reader : writer)
                    if number == 0 {
                        input = writer
                    } else {
                        readers[reader] = number == 1 ? \.output : \.errorBytes
                    }
                }
            }
        }
        for (number, descriptor) in setup.inherited {
            posix_spawn_file_actions_adddup2(&actions, descriptor, number)
        }
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(flags))

        var variables = ["PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
        variables.merge(setup.environment) { $1 }
        // setsid(1) makes the terminal the controlling one; it does not fork, because it leads no group yet.
        let prefix = setup.terminal == nil ? [] : ["setsid", "--ctty"].map { Array($0.utf8) }
        let arguments = CStrings(prefix + words)
        let environment = CStrings(variables.map { Array("\($0.key)=\($0.value)".utf8) })
        var started: pid_t = 0
        let name = try #require(arguments.pointers.first ?? nil)
        let result = posix_spawnp(
            &started, name, &actions, &attributes, arguments.pointers, environment.pointers)
        pid = started
        try #require(
            result == 0, "cannot start \(String(cString: name)): \(String(cString: strerror(result)))")
    }

    deinit {
        closeInput()
        readers.keys.forEach { close($0) }
    }

    /// Writes to the program's standard input.
    func send(_ text: String) {
        var bytes = Array(text.utf8)[...]
        while let input, !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { write(input, $0.baseAddress, $0.count) }
            if count <= 0 { return }
            bytes = bytes.dropFirst(count)
        }
    }

    /// Ends the program's standard input.
    func closeInput() {
        if let input { close(input) }
        input = nil
    }

    func signal(_ number: Int32) {
        kill(pid, number)
    }

    /// Kills it, and waits until it is dead; what it has started may live on, with its streams.
    func killAndWait() {
        signal(SIGKILL)
        var info = siginfo_t()
        while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR {}
    }

    /// The next line of the standard output, without its end; blocks until it is there.
    func line() throws -> String {
        while true {
            if let end = outcome.output[taken...].firstIndex(of: 10) {
                defer { taken = end + 1 }
                return String(decoding: outcome.output[taken..<end], as: UTF8.self)
            }
            let isOpen = pump()
            try #require(isOpen, "the output ended without another line: \(outcome.everything)")
        }
    }

    /// Reads until `text` has come on the standard error.
    func waitForError(_ text: String) throws {
        while !outcome.errors.contains(text) {
            let isOpen = pump()
            try #require(isOpen, "never said \"\(text)\": \(outcome.everything)")
        }
    }

    /// Reads everything to its end and waits for the exit; the input ends first unless it is to stay open.
    func finish(keepingInput: Bool = false) -> Outcome {
        if !keepingInput { closeInput() }
        while pump() {}
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        outcome.status = clx_exited(status) != 0 ? clx_exit_status(status) : -clx_term_signal(status)
        return outcome
    }

    /// Sends it a signal, and does what `finish` does.
    func finish(killing signal: Int32) -> Outcome {
        self.signal(signal)
        return finish()
    }

    /// What `finish` does, for one that takes its time and no processor: other tests go on meanwhile.
    func ended() async -> Outcome {
        nonisolated(unsafe) let program = self
        return await withCheckedContinuation { waiting in
            Thread.detachNewThread { waiting.resume(returning: program.finish()) }
        }
    }

    /// Takes what has come on one of the pipes; false when all have ended.
    private func pump() -> Bool {
        guard !readers.isEmpty else { return false }
        var set = readers.keys.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        // Only so that a failure ends: nothing is expected to be silent for two minutes.
        if poll(&set, nfds_t(set.count), 120_000) == 0 {
            Issue.record("no answer for two minutes: \(outcome.everything)")
            kill(pid, SIGKILL)
            readers.keys.forEach { close($0) }
            readers = [:]
            return false
        }
        for entry in set where entry.revents != 0 {
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            let count = read(entry.fd, &buffer, buffer.count)
            if count > 0, let stream = readers[entry.fd] {
                outcome[keyPath: stream] += buffer[..<count]
            } else if count == 0 || errno != EINTR {
                readers[entry.fd] = nil
                close(entry.fd)
            }
        }
        return true
    }
}

private func makePipe() throws -> (reader: Int32, writer: Int32) {
    var ends: [Int32] = [0, 0]
    try #require(clx_pipe2(&ends, O_CLOEXEC) == 0)
    return (ends[0], ends[1])
}

/// How a program ended and what it said.
struct Outcome {
    /// The exit status; of one that a signal ended, the signal's negative number.
    var status: Int32 = 0
    var output: [UInt8] = []
    var errorBytes: [UInt8] = []

    var text: String { String(decoding: output, as: UTF8.self) }
    var errors: String { String(decoding: errorBytes, as: UTF8.self) }
    var lines: [String] { text.split(separator: "\n", omittingEmptySubsequences: true).map(String.init) }
    /// For a failed expectation's comment.
    var everything: Comment {
        "status \(status), output \"\(text.suffix(2000))\", errors \"\(errors.suffix(2000))\""
    }
}

/// A null-terminated array of C strings that lives as long as this value.
private final class CStrings {
    private(set) var pointers: [UnsafeMutablePointer<CChar>?]

    init(_ strings: [[UInt8]]) {
        pointers = strings.map { bytes in
            let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count + 1)
            for (index, byte) in bytes.enumerated() { copy[index] = CChar(bitPattern: byte) }
            copy[bytes.count] = 0
            return copy
        }
        pointers.append(nil)
    }

    deinit {
        for pointer in pointers { pointer?.deallocate() }
    }
}
