internal import Glibc

/// Signals as users and images write them: "SIGTERM", "term", "15", "SIGRTMIN+3".
public enum SignalName {
    private static let numbers: [String: Int32] = [
        "HUP": SIGHUP, "INT": SIGINT, "QUIT": SIGQUIT, "ILL": SIGILL, "TRAP": SIGTRAP, "ABRT": SIGABRT,
        "BUS": SIGBUS, "FPE": SIGFPE, "KILL": SIGKILL, "USR1": SIGUSR1, "SEGV": SIGSEGV, "USR2": SIGUSR2,
        "PIPE": SIGPIPE, "ALRM": SIGALRM, "TERM": SIGTERM, "STKFLT": SIGSTKFLT, "CHLD": SIGCHLD,
        "CONT": SIGCONT, "STOP": SIGSTOP, "TSTP": SIGTSTP, "TTIN": SIGTTIN, "TTOU": SIGTTOU, "URG": SIGURG,
        "XCPU": SIGXCPU, "XFSZ": SIGXFSZ, "VTALRM": SIGVTALRM, "PROF": SIGPROF, "WINCH": SIGWINCH,
        "IO": SIGIO, "PWR": SIGPWR, "SYS": SIGSYS,
    ]

    /// The number of a signal; nil if there is none of that name.
    public static func number(_ name: String) -> Int32? {
        // As the C library counts them: it keeps the first real-time signals for itself.
        let (first, last) = (__libc_current_sigrtmin(), __libc_current_sigrtmax())
        if let number = Int32(name) { return (1...last).contains(number) ? number : nil }
        var name = name.uppercased()
        if name.hasPrefix("SIG") { name.removeFirst(3) }
        if let number = numbers[name] { return number }
        for (base, start) in [("RTMIN", first), ("RTMAX", last)] where name.hasPrefix(base) {
            let rest = name.dropFirst(base.count)
            guard let offset = rest.isEmpty ? 0 : Int32(rest) else { return nil }
            let number = start + offset
            return (first...last).contains(number) ? number : nil
        }
        return nil
    }

    /// The name of a signal: "SIGTERM"; its number where it has none.
    public static func name(_ number: Int32) -> String {
        numbers.first { $0.value == number }.map { "SIG" + $0.key } ?? "\(number)"
    }
}
