public import Host
public import SystemPackage

/// A step of a ``MountPlan`` that failed.
public enum MountError: Explained, Equatable {
    /// The kernel refused a step; `detail` is what it said about it besides the errno, if anything.
    case refused(step: String, target: FilePath, errno: Errno, detail: String?)
    /// The kernel was built for fewer layers than that.
    case tooManyLayers(type: String, target: FilePath, layers: Int)
    /// The mount shows fewer (or more) layers than it was given.
    case layersMissing(target: FilePath, expected: Int, visible: Int)
    /// Nothing tells how many layers the mount shows.
    case layersUnknown(target: FilePath)
    /// The table of mounts could not be read.
    case tableUnreadable(path: FilePath, errno: Errno)
    /// The library that reads it cannot be loaded.
    case noLibrary(reason: String)

    /// What the user is told.
    public var explanation: Explanation {
        switch self {
        case .refused(let step, let target, let errno, let detail):
            Explanation(
                "cannot \(step) at \(target): \(errno)\(detail.map { " (\($0))" } ?? "")",
                remedy: errno.remedy)
        case .tooManyLayers(let type, let target, let layers):
            Explanation(
                "\(layers) layers, with the write layer, are more than this kernel's \(type) takes at \(target)",
                remedy: "use another storage driver, or an image with fewer layers")
        case .layersMissing(let target, let expected, let visible):
            Explanation(
                "the kernel shows \(visible) of \(expected) layers at \(target)",
                remedy: "use an image with fewer layers, or another storage driver")
        case .layersUnknown(let target):
            Explanation(
                "cannot tell how many layers the mount at \(target) has",
                remedy: "make sure that /sys is mounted")
        case .noLibrary(let reason):
            Explanation(
                "cannot read the mounts: \(reason)", remedy: "install libmount (apt-get install libmount1)")
        case .tableUnreadable(let path, let errno):
            Explanation(
                "cannot read the mounts in \(path): \(errno)", remedy: "make sure that /proc is mounted")
        }
    }
}
