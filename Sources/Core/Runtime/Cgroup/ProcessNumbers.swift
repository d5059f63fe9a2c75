internal import Host
internal import SystemPackage

/// What /proc tells of one process (proc(5)).
struct ProcessNumbers {
    /// The directory of all processes.
    static let table: FilePath = "/proc"

    private let directory: FilePath
    /// The fields of `stat` that come after the command's name: the state is the first.
    private let fields: [Substring]

    init(of process: Int32, in table: FilePath = Self.table) {
        directory = table.appending("\(process)")
        let text = (try? Files.read(directory.appending("stat"))) ?? ""
        // The name may have spaces and parentheses.
        fields =
            text.lastIndex(of: ")").map { text[text.index(after: $0)...].split { " \n".contains($0) } } ?? []
    }

    /// True if it is gone, or nobody has asked yet how it ended.
    var hasEnded: Bool { fields.first.map { "ZX".contains($0) } ?? true }

    /// The CPU time that it and those of its children used that it has waited for, in nanoseconds.
    var cpu: UInt64 {
        // utime, stime, cutime, cstime; a tick is 1/100 s for whoever reads it, on every machine.
        fields.dropFirst(11).prefix(4).reduce(0) { $0 + (UInt64($1) ?? 0) * 10_000_000 }
    }

    /// Its memory in bytes: what it shares with others divided by their number.
    var memory: UInt64 {
        (KeyedNumbers(at: directory.appending("smaps_rollup"))["Pss:"] ?? 0) * 1024
    }

    /// What its network interfaces have received and sent, in bytes, but the loopback; nil if that cannot be read.
    var network: (received: UInt64, sent: UInt64)? {
        guard let text = try? Files.read(directory.appending("net/dev")) else { return nil }
        var sum: (received: UInt64, sent: UInt64) = (0, 0)
        // Two lines of headings.
        for line in text.split(separator: "\n").dropFirst(2) {
            let words = line.split { " :".contains($0) }
            guard words.count > 9, words[0] != "lo" else { continue }
            sum.received += UInt64(words[1]) ?? 0
            sum.sent += UInt64(words[9]) ?? 0
        }
        return sum
    }
}
