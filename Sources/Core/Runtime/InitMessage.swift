public import Mount
public import SystemPackage

/// What `mydocker init`, the half of mydocker inside the container, is told over its pipe: everything that it
/// needs, and nothing of images, drivers or the command line.
public struct InitMessage: Sendable, Equatable {
    /// The command and its arguments, byte for byte: they need not be UTF-8.
    public var arguments: [[UInt8]]
    /// The environment as NAME=VALUE, byte for byte.
    public var environment: [[UInt8]]
    /// How the root is mounted.
    public var plan: MountPlan
    /// Where the root is mounted: an existing directory of the host.
    public var root: FilePath
    /// True to give the command a root that it cannot change.
    public var readOnlyRoot: Bool
    /// The host name inside.
    public var hostname: String
    /// The current directory of the command, absolute; created if missing.
    public var workingDirectory: FilePath
    /// Whom the command runs as: "user", "uid", "user:group" and so on; empty for root.
    public var user: String
    /// True to give the command a terminal of its own.
    public var terminal: Bool
    /// True to leave the command the standard input; otherwise it gets /dev/null.
    public var standardInput: Bool
    /// True to keep a small init as process 1, which reaps orphans and passes signals on.
    public var reaper: Bool
    /// How far the command is shut in.
    public var isolation: Isolation
    /// True if the images in the plan are opened by the other half, and come over the console's socket, in their order:
    /// this one is in a cgroup that forbids devices.
    var imagesFollow = false

    /// A message from its parts.
    public init(
        arguments: [[UInt8]], environment: [[UInt8]], plan: MountPlan, root: FilePath, readOnlyRoot: Bool,
        hostname: String, workingDirectory: FilePath, user: String, terminal: Bool, standardInput: Bool,
        reaper: Bool, isolation: Isolation
    ) {
        self.arguments = arguments
        self.environment = environment
        self.plan = plan
        self.root = root
        self.readOnlyRoot = readOnlyRoot
        self.hostname = hostname
        self.workingDirectory = workingDirectory
        self.user = user
        self.terminal = terminal
        self.standardInput = standardInput
        self.reaper = reaper
        self.isolation = isolation
    }
}
