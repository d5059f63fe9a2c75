internal import CLinux
internal import Glibc
internal import Host

/// A resource limit of a process (getrlimit(2)): `--ulimit`.
public struct ProcessLimit: Sendable, Equatable {
    /// As docker calls it: "nofile", "nproc".
    public var name: String
    /// What counts, and what the process may raise that to; `UInt64.max` for no limit.
    public var soft: UInt64
    /// See ``soft``.
    public var hard: UInt64

    /// The numbers that the kernel has for the names (getrlimit(2)); not all of them are in every C library.
    private static let numbers: [(name: String, number: Int32)] = [
        ("cpu", 0), ("fsize", 1), ("data", 2), ("stack", 3), ("core", 4), ("rss", 5), ("nproc", 6),
        ("nofile", 7), ("memlock", 8), ("as", 9), ("locks", 10), ("sigpending", 11), ("msgqueue", 12),
        ("nice", 13), ("rtprio", 14), ("rttime", 15),
    ]

    /// From what a user writes: NAME=SOFT[:HARD], -1 for no limit.
    ///
    /// - Throws: ``RunError/invalidOption(option:value:reason:)``.
    public init(_ text: String) throws {
        func refuse(_ reason: String) -> RunError {
            .invalidOption(option: "--ulimit", value: text, reason: reason)
        }
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init)
        guard parts.count == 2 else { throw refuse("not of the form NAME=SOFT[:HARD]") }
        guard Self.numbers.contains(where: { $0.name == parts[0] }) else {
            throw refuse("there is no such limit; known: \(Self.numbers.map(\.name).joined(separator: " "))")
        }
        let values = parts[1].split(separator: ":", omittingEmptySubsequences: false).map {
            $0 == "-1" || $0 == "unlimited" ? UInt64.max : UInt64($0)
        }
        guard values.count <= 2, let soft = values[0], let hard = values[values.count - 1] else {
            throw refuse("not a number, or -1 for no limit")
        }
        guard soft <= hard else { throw refuse("the soft limit is above the hard one") }
        self.init(name: parts[0], soft: soft, hard: hard)
    }

    init(name: String, soft: UInt64, hard: UInt64) {
        self.name = name
        self.soft = soft
        self.hard = hard
    }

    /// As ``init(_:)`` reads it.
    public var text: String {
        func word(_ value: UInt64) -> String { value == .max ? "-1" : "\(value)" }
        return "\(name)=\(word(soft)):\(word(hard))"
    }

    /// Gives it to a process, 0 for this one; what has to be more than mydocker may give is less then.
    func apply(to process: pid_t) throws(SystemCallError) {
        guard let number = Self.numbers.first(where: { $0.name == name })?.number else { return }
        let (soft, hard) = (soft, hard)
        try systemCall("prlimit", name) { clx_set_limit(process, number, soft, hard) }
    }
}
