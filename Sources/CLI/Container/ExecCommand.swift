internal import ArgumentParser
internal import Core
internal import DriverBenchmark
internal import Glibc
internal import Logging
internal import SystemPackage

/// `mydocker exec`.
struct ExecCommand: TakesCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec",
        abstract: "Run a command in a container that runs.",
        usage: "mydocker exec [<options>] <container> <command> [<argument> ...]")

    @Flag(name: [.short, .customLong("tty")], help: "Give the command a terminal of its own.")
    var terminal = false

    @Flag(name: .shortAndLong, help: "Give the command the standard input.")
    var interactive = false

    @Flag(name: .shortAndLong, help: "Do not wait for the command, and do not show what it writes.")
    var detach = false

    @Option(
        name: [.short, .customLong("env")],
        help: ArgumentHelp("An environment variable; without a value, the caller's.", valueName: "name=value")
    )
    var environment: [String] = []

    @Option(
        help: ArgumentHelp("A file with environment variables, one a line.", valueName: "file"),
        completion: .file())
    var envFile: [String] = []

    @Option(
        name: [.short, .customLong("workdir")],
        help: ArgumentHelp("The command's current directory.", valueName: "dir"), completion: .directory)
    var workingDirectory: String?

    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "Whom the command runs as, instead of the container's user.", valueName: "user[:group]"))
    var user: String?

    @Flag(help: "Hold nothing back but the namespaces: all capabilities and system calls.")
    var privileged = false

    /// Where `storage bench` has it written what the command took.
    @Option(help: .hidden)
    var usage: String?

    @OptionGroup(title: "General")
    var storeOptions: StoreOptions

    @OptionGroup(title: "General")
    var log: LogOptions

    @Argument(
        parsing: .captureForPassthrough,
        help: ArgumentHelp("The container, and the command.", valueName: "word"), completion: .containers)
    var words: [String] = []

    func run() throws {
        let words = words.first == "--" ? words.dropFirst() : words[...]
        if let word = words.first, word.hasPrefix("-") {
            if word == "--help" { throw CleanExit.helpRequest(Self.self) }
            throw UsageError.noOption(
                word, of: [Self.name], similar: CommandOptions(of: Self.self).similar(to: word))
        }
        guard let container = words.first else { throw ValidationError("there is no container's name") }
        guard words.count > 1 else { throw ValidationError("there is no command to run") }
        let logger = log.logger()
        var request = ExecRequest()
        request.arguments = CommandLine.rawArguments.suffix(words.count - 1)
        request.environment = try envFile.flatMap(OptionFile.lines) + environment.map(CommandLine.bytes)
        request.workingDirectory = workingDirectory
        request.user = user
        request.interactive = interactive
        request.terminal = terminal && isatty(STDIN_FILENO) != 0
        if terminal && !request.terminal && !detach {
            logger.notice("-t ignored: the standard input is not a terminal, so plain pipes are used")
        }
        request.privileged = privileged
        let exec = ContainerExec(in: try storeOptions.cleanStore(logger), logger: logger)
        if detach { return try exec.startDetached(request, in: container) }
        let start = CommandUsage.now()
        let status = try exec.run(request, in: container)
        if let usage { try TextFile.write(CommandUsage.ofChildren(since: start).text, to: FilePath(usage)) }
        throw ExitCode(status.rawValue)
    }
}
