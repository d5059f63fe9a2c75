public import SystemPackage

/// A command as a container's process becomes it: what `run` starts as the first, and `exec` beside it.
public struct ProcessSpec: Sendable, Equatable {
    /// The command and its arguments, byte for byte: they need not be UTF-8.
    public var arguments: [[UInt8]]
    /// The environment as NAME=VALUE, byte for byte.
    public var environment: [[UInt8]] = []
    /// The current directory, absolute; created if missing.
    public var workingDirectory: FilePath = "/"
    /// Whom it runs as: "user", "uid", "user:group" and so on; empty for root.
    public var user = ""
    /// Groups besides the user's own, by name or number.
    public var groups: [String] = []
    /// True for a terminal of its own.
    public var terminal = false
    /// True to leave it the standard input; otherwise it gets /dev/null.
    public var standardInput = false
    /// What it may do.
    public var privileges = Privileges()
    /// Limits besides the usual ones, which they replace.
    public var limits: [ProcessLimit] = []
    /// How soon the kernel kills it for want of memory, -1000 to 1000 (proc_pid_oom_score_adj(5)); nil for the caller's.
    public var oomScoreAdjustment: Int?

    /// A command that is started by root in "/".
    public init(arguments: [[UInt8]]) {
        self.arguments = arguments
    }

    /// The arguments as text; bytes that are not UTF-8 are replaced.
    package var printableArguments: [String] { arguments.map { String(decoding: $0, as: UTF8.self) } }
}
