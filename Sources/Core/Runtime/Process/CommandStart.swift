internal import CLinux
internal import Glibc
internal import Host
internal import Logging
internal import SystemPackage

/// The last steps of a process before it becomes a container's command, in the container's namespaces already: those of
/// process 1 and of every other that is started later.
struct CommandStart {
    let spec: ProcessSpec
    let logger: Logger

    /// What is no process's alone: its session's keys, and what it may use.
    ///
    /// - Parameter isUnprivileged: true if the other half has seen to what takes rights.
    func limit(isUnprivileged: Bool) throws {
        try joinNewKeyring()
        try setResourceLimits()
        if !isUnprivileged { try setMemoryPriority() }
    }

    /// Gives the command its streams and its directory.
    ///
    /// - Parameter streams: what ``openStreams(isFirst:)`` opened.
    func place(_ channels: ContainerInit.Channels, _ streams: consuming CommandStreams) throws {
        try connect(streams, channels)
        if channels.console >= 0 { close(channels.console) }
        try enterWorkingDirectory()
    }

    /// Becomes the user, gives up what the command does not get, and becomes the command.
    ///
    /// - Parameter channels: nil for a command that outlives its mydocker.
    func become(_ channels: ContainerInit.Channels?, _ clock: inout StepClock) throws -> Never {
        let user = try findUser()
        handOverStreams(to: user)
        try giveUpPrivileges(becoming: user)
        if let channels, user != .root { Self.stayWithParent(channels) }
        clock.end("init: command")
        try execute(home: user.home)
    }
}
