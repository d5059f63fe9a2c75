internal import ArgumentParser
internal import Core
internal import FoundationEssentials

/// `mydocker run`.
struct RunCommand: ParsableCommand {
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

    @Option(
        help: ArgumentHelp(
            "The storage driver; else $MYDOCKER_STORAGE, else the first that works.", valueName: "name"))
    var storage: String?

    @Option(
        help: ArgumentHelp(
            "What the storage driver is asked for; mydocker storage info says what each takes.",
            valueName: "name=value"))
    var storageOpt: [String] = []

    @Flag(name: [.short, .customLong("tty")], help: "Give the command a terminal of its own.")
    var terminal = false

    @Flag(name: .shortAndLong, help: "Give the command the standard input.")
    var interactive = false

    @Option(help: ArgumentHelp("The image to run on.", valueName: "name"))
    var image: String?

    @Option(help: ArgumentHelp("A directory to run on, as the single read-only layer.", valueName: "dir"))
    var rootfs: String?

    @Option(help: ArgumentHelp("The container's name.", valueName: "name"))
    var name: String?

    @Option(name: [.customShort("h"), .long], help: ArgumentHelp("The host name inside.", valueName: "name"))
    var hostname: String?

    @Option(
        name: [.short, .customLong("env")],
        help: ArgumentHelp("An environment variable; without a value, the caller's.", valueName: "name=value")
    )
    var environment: [String] = []

    @Option(
        name: [.short, .customLong("workdir")],
        help: ArgumentHelp("The command's current directory.", valueName: "dir"))
    var workingDirectory: String?

    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "Whom the command runs as: a name or number in the image, and perhaps a group.",
            valueName: "user[:group]"))
    var user: String?

    @Option(
        help: ArgumentHelp(
            "The program that gets the words as its arguments, instead of the image's.", valueName: "program")
    )
    var entrypoint: String?

    @Option(
        help: ArgumentHelp(
            "What the command gets where mydocker gets SIGTERM, instead of the image's.", valueName: "signal")
    )
    var stopSignal: String?

    @Flag(help: "Give the command a root that it cannot change.")
    var readOnly = false

    @Flag(
        name: .customLong("init"),
        help: "Keep a small init as process 1: it reaps orphans and passes on signals.")
    var reaper = false

    @Flag(help: "Remove the container when its command ends. This is what happens anyway.")
    var rm = false

    @Flag(help: "Keep the container, its write layer included, when its command ends.")
    var keep = false

    @OptionGroup(title: "Isolation")
    var isolation: IsolationOptions

    @OptionGroup(title: "Limits")
    var limits: LimitOptions

    @Flag(help: "Print what would be done as JSON, and do nothing.")
    var dryRun = false

    @OptionGroup(title: "General")
    var storeOptions: StoreOptions

    @OptionGroup(title: "General")
    var log: LogOptions

    @Argument(
        parsing: .captureForPassthrough,
        help: ArgumentHelp("The image, if any, and the command.", valueName: "word"))
    var words: [String] = []

    func run() throws { try options().run() }

    /// What was read, as whoever reads it gives it on.
    func options() throws -> RunOptions {
        var options = RunOptions()
        options.storage = storage
        options.storageOptions = storageOpt
        options.terminal = terminal
        options.interactive = interactive
        options.image = image
        options.rootfs = rootfs
        options.name = name
        options.hostname = hostname
        options.environment = environment
        options.workingDirectory = workingDirectory
        options.user = user
        options.entrypoint = entrypoint
        options.stopSignal = stopSignal
        options.readOnly = readOnly
        options.reaper = reaper
        options.rm = rm
        options.keep = keep
        options.memory = limits.memory
        options.cpus = limits.cpus
        options.cpuShares = limits.cpuShares
        options.cpuSet = limits.cpuSet
        options.pidsLimit = limits.pidsLimit
        options.capAdd = isolation.capAdd
        options.capDrop = isolation.capDrop
        options.securityOptions = isolation.securityOpt
        options.devices = isolation.device
        options.privileged = isolation.privileged
        options.dryRun = dryRun
        options.root = storeOptions.root
        options.wordCount = try wordCount()
        options.logLevel = log.logLevel
        options.logFormat = log.logFormat
        return options
    }

    /// How many of the process's arguments, at their end, are the image and the command.
    private func wordCount() throws -> Int {
        guard let first = words.first, first.hasPrefix("-"), first != "-" else { return words.count }
        // The parser takes even these as the command's when words follow.
        if first == "--help" { throw CleanExit.helpRequest(Self.self) }
        guard first == "--" else {
            throw UsageError.noOption(
                first, of: [Self.name], similar: CommandOptions(of: Self.self).similar(to: first))
        }
        return words.count - 1
    }
}

/// Prints a value as JSON, its keys sorted.
func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    printLine(String(decoding: try encoder.encode(value), as: UTF8.self).printableJSON)
}
