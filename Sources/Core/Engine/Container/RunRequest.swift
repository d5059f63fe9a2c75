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
    /// `--group-add`: groups by name or number.
    public var groups: [String] = []
    /// `--domainname`.
    public var domainName: String?
    /// `--add-host`: names and addresses.
    public var extraHosts: [ExtraHost] = []
    /// `--ulimit`.
    public var processLimits: [ProcessLimit] = []
    /// `--oom-score-adj`.
    public var oomScoreAdjustment: Int?
    /// `--shm-size`, in bytes.
    public var sharedMemory: Int64?
    /// `--sysctl`.
    public var kernelSettings: [KernelSetting] = []
    /// `--pid`, `--ipc`, `--uts`.
    public var namespaces = NamespaceChoice()
    /// `--userns`, `--uidmap`, `--gidmap`.
    public var users = UserChoice.host
    /// `--stop-timeout`, in seconds.
    public var stopTimeout: Int?
    /// `--restart`.
    public var restart = RestartPolicy.no
    /// `--log-driver`, `--log-opt`.
    public var log = ContainerLogOptions()
    /// `-v`, `--mount` and `--tmpfs`.
    public var mounts: [MountRequest] = []
    /// `--volumes-from`: containers, perhaps with `:ro`.
    public var volumesFrom: [String] = []
    /// `--health-cmd` and what belongs to it.
    public var health = HealthRequest()
    /// `--label`.
    public var labels: [String: String] = [:]
    /// `--stop-signal`: what reaches the command instead of SIGTERM; nil for the image's.
    public var stopSignal: String?
    /// `-t`: a terminal of its own.
    public var terminal = false
    /// `-i`: the standard input.
    public var interactive = false
    /// `--read-only`: a root that cannot be changed.
    public var readOnly = false
    /// `-d`: a monitor watches over it in the background.
    public var isDetached = false
    /// `--keep`: the container stays after its end.
    public var keep = false
    /// `--init`: a process 1 that reaps orphans.
    public var reaper = false
    /// `--cap-add`, `--security-opt` and what else shuts the container in more or less.
    public var isolation = IsolationRequest()
    /// The limits.
    public var limits = ResourceLimits()
    /// `--cgroup-parent`.
    public var cgroupParent = CgroupParent.usual

    /// The image that is used when none is named.
    public static let defaultImage = "busybox"

    /// A request for nothing yet.
    public init() {}
}
