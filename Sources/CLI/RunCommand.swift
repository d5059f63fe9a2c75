internal import ArgumentParser
internal import Core
internal import FoundationEssentials
internal import Glibc
internal import Logging
internal import SystemPackage

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

    func run() throws {
        let logger = log.logger()
        let runner = ContainerRunner(
            store: try storeOptions.store(), registry: CommandLineProgram.registry, logger: logger)
        let request = try request(logger)
        if dryRun { return try printJSON(runner.plan(request)) }
        let (status, ranOutOfMemory) = try runner.run(request)
        if ranOutOfMemory {
            let limit = request.limits.memory.map { " of \($0 >> 20) MiB" } ?? ""
            logger.error(
                "the container ran out of memory: its limit\(limit) was reached and the kernel killed a process"
            )
        }
        throw ExitCode(status.rawValue)
    }

    private func request(_ logger: Logger) throws -> RunRequest {
        guard !(rm && keep) else { throw ValidationError("--rm and --keep exclude each other") }
        guard rootfs == nil || image == nil else {
            throw ValidationError("--rootfs and --image exclude each other")
        }
        var request = RunRequest()
        request.words = try rawWords()
        request.image = image
        request.rootFS = rootfs.map { FilePath($0).absolute }
        request.storage = storage ?? environmentVariable("MYDOCKER_STORAGE")
        request.name = name
        request.hostname = hostname
        request.environment = environment
        request.workingDirectory = workingDirectory
        request.user = user
        request.entrypoint = entrypoint
        request.stopSignal = stopSignal
        request.interactive = interactive
        request.terminal = terminal && hasTerminal
        if terminal && !hasTerminal && !dryRun {
            logger.notice("-t ignored: the standard input is not a terminal, so plain pipes are used")
        }
        request.readOnly = readOnly
        request.keep = keep
        request.reaper = reaper
        request.limits = try limits.parsed()
        return request
    }

    /// With `-i` the terminal is what is typed at; without, it may be what is looked at.
    private var hasTerminal: Bool {
        isatty(STDIN_FILENO) != 0 || (!interactive && isatty(STDOUT_FILENO) != 0)
    }

    /// The words byte for byte.
    ///
    /// The parser takes everything from the first word on as it stands, so they are
    /// the tail of the process's arguments, which need not be UTF-8.
    private func rawWords() throws -> [[UInt8]] {
        var rest = words
        if let first = rest.first, first.hasPrefix("-"), first != "-" {
            // The parser takes even these as the command's when words follow.
            if first == "--help" { throw CleanExit.helpRequest(Self.self) }
            guard first == "--" else { throw ValidationError("Unknown option '\(first)'") }
            rest.removeFirst()
        }
        return CommandLine.rawArguments.suffix(rest.count)
    }
}

extension CommandLine {
    /// The arguments byte for byte.
    fileprivate static var rawArguments: [[UInt8]] {
        UnsafeBufferPointer(start: unsafeArgv, count: Int(argc)).compactMap { argument in
            argument.map { pointer in
                Array(UnsafeRawBufferPointer(start: pointer, count: strlen(pointer)))
            }
        }
    }
}

/// Prints a value as JSON, its keys sorted.
func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
}
