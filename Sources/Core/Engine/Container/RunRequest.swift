public import Runtime
public import SystemPackage

/// What `mydocker run` is asked for, as the command line says it.
public struct RunRequest: Sendable {
    /// The positional words, byte for byte: an image's name and the command, or the command alone.
    public var words: [[UInt8]] = []
    /// The image named with `--image`; nil to look at the first word, or take the default image.
    public var image: String?
    /// A directory to use as the single read-only layer instead of an image.
    public var rootFS: FilePath?
    /// The storage driver that was named; nil to take the first that works.
    public var storage: String?
    /// `--storage-opt NAME=VALUE`: what the driver is asked for.
    public var storageOptions: [String: String] = [:]
    /// The name that the container gets; nil for its ID.
    public var name: String?
    /// The host name inside; nil for the container's ID.
    public var hostname: String?
    /// `-e`: NAME=VALUE, or NAME to take the caller's value; byte for byte.
    public var environment: [[UInt8]] = []
    /// `-w`; nil for the image's, or `/`.
    public var workingDirectory: String?
    /// `-u`: "user", "uid", "user:group" and so on; nil for the image's, or root.
    public var user: String?
    /// `--entrypoint`: the program before the words, instead of the image's; the image's command is dropped then.
    public var entrypoint: String?
    /// `--stop-signal`: what reaches the command instead of SIGTERM; nil for the image's.
    public var stopSignal: String?
    /// `-t`: a terminal of its own.
    public var terminal = false
    /// `-i`: the standard input.
    public var interactive = false
    /// `--read-only`: a root that cannot be changed.
    public var readOnly = false
    /// `--keep`: the container stays after its end.
    public var keep = false
    /// `--init`: a process 1 that reaps orphans.
    public var reaper = false
    /// `--cap-add`, `--security-opt` and what else shuts the container in more or less.
    public var isolation = IsolationRequest()
    /// The limits.
    public var limits = ResourceLimits()

    /// The image that is used when none is named.
    public static let defaultImage = "busybox"

    /// A request for nothing yet.
    public init() {}
}
