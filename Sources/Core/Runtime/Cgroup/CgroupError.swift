public import Host
public import SystemPackage

/// What goes wrong with control groups and limits.
public enum CgroupError: Explained, Equatable {
    /// A limit that makes no sense.
    case invalidLimit(option: String, value: String, reason: String)
    /// The host has no controller for a limit that was asked for.
    case noController(name: String, option: String)
    /// The kernel refused a limit.
    case refused(option: String, value: String, path: FilePath, errno: Errno)
    /// A cgroup could not be made, entered or removed.
    case failed(operation: String, path: FilePath, errno: Errno)

    /// What the user is told.
    public var explanation: Explanation {
        switch self {
        case .invalidLimit(let option, let value, let reason):
            Explanation("\(option) \"\(value)\" is invalid: \(reason)")
        case .noController(let name, let option):
            Explanation(
                "cannot apply \(option): this host has no cgroup controller \"\(name)\"",
                remedy: "run without \(option), or mount the controller")
        case .refused(let option, let value, let path, let errno):
            Explanation(
                "cannot apply \(option) \(value): writing \(path): \(errno)",
                remedy: "choose a value that this host allows")
        case .failed(let operation, let path, let errno):
            Explanation(
                "cannot \(operation) the cgroup \(path): \(errno)",
                remedy: errno == .readOnlyFileSystem || errno == .permissionDenied
                    ? "run as root, with cgroups mounted writable" : nil)
        }
    }
}
