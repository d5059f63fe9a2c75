internal import CLinux

/// What a mydocker process exits with: the command's own code, or one of the codes that docker and podman
/// reserve.
public struct ExitStatus: Sendable, Equatable {
    /// 0 to 255.
    public let rawValue: Int32

    /// An exit status of this value.
    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }

    /// mydocker itself failed.
    public static let ownError = ExitStatus(rawValue: 125)
    /// The command was found but cannot be executed.
    public static let notExecutable = ExitStatus(rawValue: 126)
    /// The command was not found.
    public static let notFound = ExitStatus(rawValue: 127)
    /// What a process killed by SIGKILL leaves.
    public static let killed = ExitStatus(rawValue: 128 + 9)

    /// From what waitpid(2) stores: the process's own code, or 128 + the signal that ended it.
    package init(waitStatus: Int32) {
        rawValue =
            clx_exited(waitStatus) != 0 ? clx_exit_status(waitStatus) : 128 + clx_term_signal(waitStatus)
    }
}
