package import Glibc
internal import Host
internal import SystemPackage

/// When a process began: with it, a process can be told from a later one of the same number.
package enum ProcessStart {
    /// In clock ticks since the machine's start (proc_pid_stat(5), field 22); nil if there is no such process.
    package static func ticks(of pid: pid_t) -> UInt64? {
        (try? Files.read(FilePath("/proc/\(pid)/stat"))).flatMap(ticks(inStat:))
    }

    static func ticks(inStat text: String) -> UInt64? { field(22, inStat: text).flatMap { UInt64($0) } }

    /// The process that has started it (field 4); nil if there is no such process.
    package static func parent(of pid: pid_t) -> pid_t? {
        (try? Files.read(FilePath("/proc/\(pid)/stat"))).flatMap { field(4, inStat: $0) }.flatMap {
            pid_t($0)
        }
    }

    /// True if a signal, a shell or a debugger has made it stand still (field 3).
    package static func isStopped(_ pid: pid_t) -> Bool {
        guard let text = try? Files.read(FilePath("/proc/\(pid)/stat")) else { return false }
        return ["T", "t"].contains(field(3, inStat: text))
    }

    private static func field(_ number: Int, inStat text: String) -> String? {
        // The second field is the program's name in parentheses, which may hold both spaces and parentheses.
        guard let end = text.utf8.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = text.utf8[text.utf8.index(after: end)...].split(separator: UInt8(ascii: " "))
        // The first of them is field 3.
        return fields.count > number - 3 ? String(fields[number - 3]) : nil
    }
}
