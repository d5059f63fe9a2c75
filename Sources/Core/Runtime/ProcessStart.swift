internal import Glibc
internal import SystemPackage

/// When a process began: with it, a process can be told from a later one of the same number.
enum ProcessStart {
    /// In clock ticks since the machine's start (proc_pid_stat(5), field 22); nil if there is no such process.
    static func ticks(of pid: pid_t) -> UInt64? {
        (try? Files.read(FilePath("/proc/\(pid)/stat"))).flatMap(ticks(inStat:))
    }

    static func ticks(inStat text: String) -> UInt64? {
        // The second field is the program's name in parentheses, which may hold both spaces and parentheses.
        guard let end = text.utf8.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = text.utf8[text.utf8.index(after: end)...].split(separator: UInt8(ascii: " "))
        // The first of them is field 3.
        return fields.count > 19 ? UInt64(String(fields[19]) ?? "") : nil
    }
}
