internal import ArgumentParser
internal import Core

/// What `run` takes, and whatever else makes a container: declared for help, completion, and errors.
///
/// The values are read by ``RunOptions/table``, where everything that is declared here has a line.
struct ContainerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The storage driver; else $MYDOCKER_STORAGE, else the first that works.", valueName: "name"),
        completion: .drivers)
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

    @Option(help: ArgumentHelp("The image to run on.", valueName: "name"), completion: .images)
    var image: String?

    @Option(
        help: ArgumentHelp("A directory to run on, as the single read-only layer.", valueName: "dir"),
        completion: .directory)
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

    @Option(
        help: ArgumentHelp(
            "When it is started again: no, on-failure[:number], always, unless-stopped.", valueName: "policy"),
        completion: .list(["no", "on-failure", "always", "unless-stopped"]))
    var restart: String?

    @Option(help: ArgumentHelp("How long stop waits before it kills, in seconds.", valueName: "seconds"))
    var stopTimeout: String?

    @Option(
        help: ArgumentHelp(
            "How the log of one in the background is kept: json-file, k8s-file or none.", valueName: "name"))
    var logDriver: String?

    @Option(help: ArgumentHelp("max-size=SIZE or max-file=NUMBER of its log.", valueName: "name=value"))
    var logOpt: [String] = []

    @Option(name: [.short, .long], help: ArgumentHelp("Any text by any key.", valueName: "key=value"))
    var label: [String] = []

    @Option(help: ArgumentHelp("A file with labels, one a line.", valueName: "file"), completion: .file())
    var labelFile: [String] = []

    @Option(
        help: ArgumentHelp("A file with environment variables, one a line.", valueName: "file"),
        completion: .file())
    var envFile: [String] = []

    @Option(help: ArgumentHelp("A group besides the user's own.", valueName: "group"))
    var groupAdd: [String] = []

    @Option(help: ArgumentHelp("The domain name inside.", valueName: "name"))
    var domainname: String?

    @Option(help: ArgumentHelp("A name in the container's /etc/hosts.", valueName: "name:address"))
    var addHost: [String] = []

    @Option(
        help: ArgumentHelp("Write the container's ID to this file, which must not exist.", valueName: "file"),
        completion: .file())
    var cidfile: String?

    @Option(
        help: ArgumentHelp("Write the number of the container's process 1 to this file.", valueName: "file"),
        completion: .file())
    var pidfile: String?

    @OptionGroup(title: "Mounts")
    var mounts: MountOptions

    @OptionGroup(title: "Health")
    var health: HealthOptions

    @OptionGroup(title: "Isolation")
    var isolation: IsolationOptions

    @OptionGroup(title: "Limits")
    var limits: LimitOptions

    @OptionGroup(title: "Limits")
    var processLimits: ProcessLimitOptions

    @Option(
        help: ArgumentHelp(
            "The cgroup that the container's is made in, from the root of them.", valueName: "path"))
    var cgroupParent: String?

    @OptionGroup(title: "General")
    var storeOptions: StoreOptions

    @OptionGroup(title: "General")
    var log: LogOptions
}
