internal import ArgumentParser
internal import Core
internal import Glibc

/// `mydocker init`: the hidden in-container half, for a caller that has made the namespaces itself.
struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Set up a container from inside its namespaces.", shouldDisplay: false)

    @Option(help: "The descriptor that the message is read from.")
    var messageFd: Int32 = 3

    @Option(help: "The descriptor that a failure is written to.")
    var statusFd: Int32 = 4

    @Option(help: "The socket that a terminal is handed out over.")
    var consoleFd: Int32 = 5

    @OptionGroup var log: LogOptions

    func run() throws {
        guard fcntl(messageFd, F_GETFD) >= 0 && fcntl(statusFd, F_GETFD) >= 0 else {
            throw ValidationError(
                "init is started by mydocker run, with its pipes open; it is not for the shell")
        }
        ContainerInit.run(
            ContainerInit.Channels(message: messageFd, status: statusFd, console: consoleFd),
            logger: log.logger())
    }
}
