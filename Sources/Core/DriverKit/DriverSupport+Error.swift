internal import Glibc
internal import Host
internal import Mount
internal import SystemPackage

extension DriverSupport {
    /// How a file system, or the kernel, says that it does not know what is asked of it.
    private static let refusals: [Errno] = [
        Errno(rawValue: ENOTTY), .notSupported, .invalidArgument, .improperLink, .noFunction,
    ]

    /// What an error in a trial mount of a file system called `type` says about the driver.
    public static func unsupported(type: String, _ error: any Error) -> DriverSupport {
        switch error {
        case MountError.refused(_, _, .operationNotSupportedByDevice, _):
            // mount(2): "ENODEV: filesystemtype not configured in the kernel".
            return .unsupported(
                reason: "the kernel has no \(type): not in /proc/filesystems",
                remedy: "boot a kernel that has it, or load its module")
        case MountError.refused(_, _, .notPermitted, _), MountError.refused(_, _, .permissionDenied, _):
            return .unsupported(
                reason: "the kernel has \(type), but does not let this process mount it",
                remedy: "run as root")
        case MountError.refused(_, let target, .invalidArgument, let detail):
            return .unsupported(
                reason:
                    "\(type) does not take directories on the file system of \(target.parent)"
                    + (detail.map { " (\($0))" } ?? ""),
                remedy: "choose a --root on another file system")
        case let error as SystemCallError
        where refusals.contains(error.errno):
            return .unsupported(
                reason:
                    "the store's file system, or the kernel, cannot do what the driver asks for: \(error.problem)",
                remedy: "choose a --root on another file system")
        case let error as any Explained:
            return .unsupported(reason: error.explanation.problem, remedy: error.explanation.remedy)
        default:
            return .unsupported(reason: String(describing: error), remedy: nil)
        }
    }
}
