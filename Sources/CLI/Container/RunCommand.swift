internal import ArgumentParser
internal import Core

/// `mydocker run`.
struct RunCommand: TakesCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a command in a new container.",
        usage: "mydocker run [<options>] [<image>] <command> [<argument> ...]",
        discussion: """
            The container has its own UTS, PID, mount, network, IPC and cgroup namespaces and a root file system \
            made by a storage driver. When the command ends, the container and all its changes are gone.

            If the first word is the name of a stored image, the container runs on that image; otherwise on \
            "\(RunRequest.defaultImage)", and every word is the command.
            """)

    @OptionGroup var container: ContainerOptions

    @Flag(name: .shortAndLong, help: "Run it in the background, print its ID, and keep it when it ends.")
    var detach = false

    @Flag(help: "Keep the container, its write layer included, when its command ends.")
    var keep = false

    @Flag(help: "Print what would be done as JSON, and do nothing.")
    var dryRun = false

    @Argument(
        parsing: .captureForPassthrough,
        help: ArgumentHelp("The image, if any, and the command.", valueName: "word"),
        completion: .images)
    var words: [String] = []

    func run() throws { try givenOptions(words).run() }
}
