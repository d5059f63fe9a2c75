public import Host
public import SystemPackage

/// What goes wrong with control groups and limits.
public enum CgroupError: Explained, Equatable {
    /// A limit that makes no sense.
    case invalidLimit(option: String, value: String, reason: String)
    /// The host has no controller for a limit that was asked for.
    case noController(name: String, option: String)
    /// The kernel's version of cgroups has nothing for a limit that was asked for.
    case unsupported(option: String, reason: String)
    /// The container is not paused.
    case notPaused(String)
    /// The container is in no cgroup that could make it stand still.
    case cannotPause(String)
    /// The kernel refused a limit.
    case refused(option: String, value: String, path: FilePath, errno: Errno)
    /// A cgroup could not be made, entered or removed.
    case failed(operation: String, path: FilePath, errno: Errno)

    /// What the user is told.
    public var explanation: Explanation {
        switch self {
        case .invalidLimit(let option, let value, let reason):
            Explanation("\(option) \"\(value)\" is invalid: \(reason)")
        case .noController(_, let option) where ProcessRights.areLimited:
            Explanation(
                "cannot apply \(option): an ordinary user has no cgroup here in which limits can be set",
                remedy:
                    "run without \(option), or where there is cgroup v2: systemd-run --user --scope -p Delegate=yes mydocker ..."
            )
        case .noController(let name, let option):
            Explanation(
                "cannot apply \(option): this host has no cgroup controller \"\(name)\"",
                remedy: "run without \(option), or mount the controller")
        case .unsupported(let option, let reason):
            Explanation("cannot apply \(option): \(reason)", remedy: "run without \(option)")
        case .notPaused(let name): Explanation("the container \"\(name)\" is not paused")
        case .cannotPause(let name):
            Explanation(
                "cannot pause the container \"\(name)\": it is in no cgroup that can make it stand still",
                remedy: "mount cgroup2, or the freezer controller, before the container is started")
        case .refused(let option, let value, let path, .resourceBusy):
            Explanation(
                "cannot apply \(option) \(value): \(path) is busy: more is in use than that",
                remedy: "choose a higher value")
        case .refused(let option, let value, let path, let errno):
            Explanation(
                "cannot apply \(option) \(value): writing \(path): \(errno)",
                remedy: "choose a value that this host allows")
        case .failed(let operation, let path, let errno):
            Explanation(
                "cannot \(operation) the cgroup \(path): \(errno)",
                remedy: Self.remedy(errno))
        }
    }

    private static func remedy(_ errno: Errno) -> String? {
        switch errno {
        case .readOnlyFileSystem, .permissionDenied: "run as root, with cgroups mounted writable"
        // cgroup-v2.rst, "No Internal Process Constraint".
        case .resourceBusy where ProcessRights.areLimited:
            "a cgroup in which there are processes limits no other: start mydocker in a child of that cgroup"
        case .resourceBusy: "choose a --cgroup-parent that no process is in"
        default: nil
        }
    }
}
