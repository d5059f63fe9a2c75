import CLinux
import Glibc
import Testing

@testable import Host

/// How much is fuzzed, and from which numbers: a fixed short run, unless the environment says otherwise
/// (`make fuzz`).
///
/// Every case is made of one number alone, its seed. A failure names it, a crash too, and
/// `make fuzz SEED=number` repeats that case.
struct FuzzRun {
    /// What is fuzzed, for messages.
    let target: String
    /// How many cases a short run has.
    let cases: Int
    /// How much of a long run's time it gets, in percent.
    let share: UInt64

    /// Calls `body` with the random numbers of each case.
    ///
    /// A thrown error is an unexpected one and fails the case.
    func callAsFunction(_ body: (inout SeededGenerator) throws -> Void) throws {
        if let seed = Self.number("MYDOCKER_FUZZ_SEED") { return try run(seed, body) }
        guard let seconds = Self.number("MYDOCKER_FUZZ_SECONDS") else {
            for seed in 0..<UInt64(cases) { try run(seed, body) }
            return
        }
        let start = UInt64.random(in: 0 ... .max >> 1)
        let end = Self.processorTime() + seconds * share * 10_000_000
        var done: UInt64 = 0
        while Self.processorTime() < end {
            try run(start + done, body)
            done += 1
        }
        print("fuzz: \(target): \(done) cases from seed \(start)")
    }

    private func run(_ seed: UInt64, _ body: (inout SeededGenerator) throws -> Void) throws {
        CrashNote.shared.set("fuzz: crashed during \(target); repeat with: make fuzz SEED=\(seed)\n")
        defer { CrashNote.shared.set("") }
        // Neighbouring seeds would give the same numbers one step apart.
        var mixed = SeededGenerator(state: seed)
        var random = SeededGenerator(state: mixed.next())
        do { try body(&random) } catch {
            Issue.record("\(target): \(error); repeat with: make fuzz SEED=\(seed)")
            throw error
        }
    }

    private static func number(_ name: String) -> UInt64? {
        getenv(name).flatMap { UInt64(String(cString: $0)) }
    }

    /// What this thread has used, in nanoseconds.
    private static func processorTime() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}

/// What went wrong with a case, besides what it threw.
struct FuzzFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    /// Throws unless `condition` holds.
    static func check(_ condition: Bool, _ description: @autoclosure () -> String) throws(FuzzFailure) {
        if !condition { throw FuzzFailure(description()) }
    }

    /// The error of `body`, which has to be one that the user can be told about; nil if there was none.
    static func explained(_ body: () throws -> Void) throws -> (any Explained)? {
        do { try body() } catch let error as any Explained {
            let text = error.explanation.problem + (error.explanation.remedy ?? "")
            let isPlain = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f }
            try check(
                isPlain && !text.isEmpty, "a message that could drive a terminal: \(text.debugDescription)")
            return error
        }
        return nil
    }
}

/// A line that is written if this process crashes: the fuzzed code must not, so nothing else will tell.
///
/// The fuzz tests run one after the other, so one line is enough.
private final class CrashNote: Sendable {
    static let shared = CrashNote()
    private static let capacity = 256
    nonisolated(unsafe) private static let line: UnsafeMutablePointer<CChar> = {
        let line = UnsafeMutablePointer<CChar>.allocate(capacity: capacity)
        line.initialize(repeating: 0, count: capacity)
        return line
    }()

    private init() {
        Self.line[0] = 0
        for number in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT] {
            signal(number) { number in
                write(2, CrashNote.line, strlen(CrashNote.line))
                signal(number, SIG_DFL)
                raise(number)
            }
        }
    }

    func set(_ text: String) {
        text.withCString { _ = strncpy(Self.line, $0, Self.capacity - 1) }
    }
}
