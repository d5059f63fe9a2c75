public import Host

/// Why an ordinary user cannot use mydocker here.
public enum RootlessError: Explained, Equatable {
    /// The kernel makes no user namespaces for ordinary users; `switchedOff` is the setting that says so, if one does.
    case noUserNamespaces(SystemCallError, switchedOff: String?)
    /// The program was started with another user's rights.
    case setUserID
    /// There is no directory to keep anything in.
    case noPlace(variable: String)
    /// A directory that is not the user's own.
    case foreignPlace(path: String, reason: String)
    /// newuidmap or newgidmap did not do its work.
    case notMapped(reason: String)

    /// What the user is told.
    public var explanation: Explanation {
        switch self {
        case .noUserNamespaces(let error, let setting?):
            Explanation(
                "an ordinary user cannot make a user namespace here: \(error.errno) (\(setting))",
                remedy: "run it with sudo, or have root change that setting with sysctl(8)")
        case .noUserNamespaces(let error, nil):
            Explanation(
                "an ordinary user cannot make a user namespace here: \(error.errno)",
                remedy:
                    "run it with sudo; what forbids it may be a filter of system calls, a chroot or the kernel's build"
            )
        case .setUserID:
            Explanation("mydocker is not made to be a set-user-ID program", remedy: "run it with sudo")
        case .noPlace(let variable):
            Explanation(
                "there is no place for images and containers: \(variable) is not set", remedy: "set it")
        case .foreignPlace(let path, let reason):
            Explanation("\(path) \(reason)", remedy: "set XDG_RUNTIME_DIR to a directory of your own")
        case .notMapped(let reason):
            Explanation(
                "the user's subordinate IDs cannot be used: \(reason)",
                remedy:
                    "see what /etc/subuid and /etc/subgid say of the user, and that newuidmap is set-user-ID root"
            )
        }
    }
}
