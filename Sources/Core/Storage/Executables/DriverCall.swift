internal import CLinux
internal import Glibc
internal import Host
internal import SystemPackage

/// One call of an executable driver, while it runs.
struct DriverCall: ~Copyable {
    /// How much of an answer is read.
    static let longestAnswer = 1 << 20
    /// How much is kept of what it says on its standard error.
    private static let longestWords = 16 << 10

    private let child: ChildProgram
    private let output: Descriptor
    private let errors: Descriptor
    /// Readable when the program has ended.
    private let process: Descriptor
    private var answer: [UInt8] = []
    private var said: [UInt8] = []

    /// Why there is no answer.
    enum Failure: Error {
        case tookTooLong
        case tooLong
        case crashed(Int32)
        case failed(SystemCallError)
    }

    /// Runs the executable to its end, with `request` as its standard input.
    ///
    /// - Parameter milliseconds: after which it is killed.
    /// - Returns: its answer, or why there is none, and what it said besides.
    static func run(
        _ executable: borrowing Descriptor, called path: FilePath, _ request: [UInt8], milliseconds: Int
    ) -> (answer: Result<[UInt8], Failure>, words: String) {
        do throws(SystemCallError) {
            var call = try start(executable, called: path, request)
            let failure = call.listen(milliseconds)
            if failure != nil { call.child.kill() }
            let status = call.child.wait()
            if let failure { return (.failure(failure), call.words) }
            return status == 0
                ? (.success(call.answer), call.words) : (.failure(.crashed(status)), call.words)
        } catch {
            return (.failure(.failed(error)), "")
        }
    }

    private init(
        _ child: ChildProgram, output: consuming Descriptor, errors: consuming Descriptor,
        process: consuming Descriptor
    ) {
        self.child = child
        self.output = output
        self.errors = errors
        self.process = process
    }

    private static func start(
        _ executable: borrowing Descriptor, called path: FilePath, _ request: [UInt8]
    ) throws(SystemCallError) -> DriverCall {
        // Not a pipe: a driver that does not read must not hold up who asks.
        let input = Descriptor(owning: try systemCall("memfd_create") { clx_memory_file("request") })
        try input.write(request, subject: "the request")
        try systemCall("lseek", "the request") { lseek(input.rawValue, 0, SEEK_SET) }
        let (outputEnd, writingEnd) = try DescriptorPair.pipe().takeBoth()
        let output = Descriptor(owning: outputEnd)
        let writing = Descriptor(owning: writingEnd)
        let (errorEnd, complainingEnd) = try DescriptorPair.pipe().takeBoth()
        let errors = Descriptor(owning: errorEnd)
        let complaining = Descriptor(owning: complainingEnd)
        for end in [outputEnd, errorEnd] {
            try systemCall("fcntl") { fcntl(end, F_SETFL, O_RDONLY | O_NONBLOCK) }
        }
        let child = try ChildProgram.start(
            executable, called: path, [],
            environment: ChildProgram.environment
                + ["MYDOCKER_DRIVER_PROTOCOL=\(DriverVerb.protocolVersion)"],
            streams: [input.rawValue, writing.rawValue, complaining.rawValue])
        let number = clx_pidfd_open(child.process)
        guard number >= 0 else {
            let error = SystemCallError("pidfd_open", path)
            child.kill()
            child.wait()
            throw error
        }
        return DriverCall(child, output: output, errors: errors, process: Descriptor(owning: number))
    }

    /// Reads until the program has ended.
    ///
    /// - Returns: why it is to be killed, if it is.
    private mutating func listen(_ milliseconds: Int) -> Failure? {
        let start = Self.now()
        while true {
            let left = milliseconds - (Self.now() - start)
            if left <= 0 { return .tookTooLong }
            // One that has closed its output is not asked again.
            var set = [process.rawValue, output.rawValue, errors.rawValue].map {
                pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            }
            if isOutputClosed { set[1].fd = -1 }
            if areErrorsClosed { set[2].fd = -1 }
            let count = poll(&set, nfds_t(set.count), Int32(min(left, 1 << 30)))
            if count < 0 && errno != EINTR { return .failed(SystemCallError("poll")) }
            if count <= 0 { continue }
            // What somebody it has left behind may still say, nobody waits for.
            let hasEnded = set[0].revents != 0
            readAnswer(toTheEnd: hasEnded)
            readErrors(toTheEnd: hasEnded)
            if answer.count > Self.longestAnswer { return .tooLong }
            if hasEnded { return nil }
        }
    }

    private var isOutputClosed = false
    private var areErrorsClosed = false

    private mutating func readAnswer(toTheEnd: Bool) {
        repeat {
            guard let bytes = Self.read(output.rawValue) else { return }
            isOutputClosed = bytes.isEmpty
            answer += bytes
        } while toTheEnd && !isOutputClosed && answer.count <= Self.longestAnswer
    }

    private mutating func readErrors(toTheEnd: Bool) {
        var budget = 64
        repeat {
            guard let bytes = Self.read(errors.rawValue) else { return }
            areErrorsClosed = bytes.isEmpty
            said = (said + bytes).suffix(Self.longestWords)
            budget -= 1
        } while toTheEnd && !areErrorsClosed && budget > 0
    }

    /// - Returns: nil if there is nothing now; empty at the end.
    private static func read(_ descriptor: Int32) -> [UInt8]? {
        var isThere = true
        let bytes = [UInt8](unsafeUninitializedCapacity: 64 << 10) { room, count in
            let length = Glibc.read(descriptor, room.baseAddress, room.count)
            isThere = length >= 0
            count = max(0, length)
        }
        return isThere ? bytes : nil
    }

    /// The last lines that it said, on one.
    private var words: String {
        let lines = String(decoding: said, as: UTF8.self).split(separator: "\n").suffix(5)
        return String(lines.joined(separator: "; ").printable.prefix(1000))
    }

    private static func now() -> Int {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return now.tv_sec * 1000 + now.tv_nsec / 1_000_000
    }
}
