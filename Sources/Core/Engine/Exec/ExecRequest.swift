/// What `mydocker exec` is asked for.
public struct ExecRequest: Sendable {
    /// The command and its arguments, byte for byte.
    public var arguments: [[UInt8]] = []
    /// `-e`: besides the container's environment.
    public var environment: [[UInt8]] = []
    /// `-w`; nil for the container's.
    public var workingDirectory: String?
    /// `-u`; nil for the container's.
    public var user: String?
    /// `-t`: a terminal of its own.
    public var terminal = false
    /// `-i`: the standard input.
    public var interactive = false
    /// `--privileged`: all capabilities, no filter of system calls.
    public var privileged = false

    /// A request for nothing yet.
    public init() {}
}
