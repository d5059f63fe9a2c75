internal import ArgumentParser

/// How far `run` shuts the container in.
struct IsolationOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A capability more than usual, or ALL.", valueName: "capability"))
    var capAdd: [String] = []

    @Option(help: ArgumentHelp("A capability less than usual, or ALL.", valueName: "capability"))
    var capDrop: [String] = []

    @Option(
        help: ArgumentHelp(
            """
            seccomp=unconfined, seccomp=FILE (a profile in docker's form), no-new-privileges or \
            systempaths=unconfined.
            """, valueName: "option"))
    var securityOpt: [String] = []

    @Option(
        help: ArgumentHelp("A device of the host: HOST[:CONTAINER[:rwm]].", valueName: "path"),
        completion: .file())
    var device: [String] = []

    @Flag(help: "Hold nothing back but the namespaces: all capabilities, system calls and devices.")
    var privileged = false

    @Option(help: ArgumentHelp("Whose process numbers: host, or container:NAME.", valueName: "whose"))
    var pid: String?

    @Option(
        help: ArgumentHelp(
            "Whose shared memory and message queues: host, or container:NAME.", valueName: "whose"))
    var ipc: String?

    @Option(help: ArgumentHelp("Whose host name: host, or container:NAME.", valueName: "whose"))
    var uts: String?

    @Option(
        help: ArgumentHelp(
            """
            Who the container's users are on the host: auto for 65536 that nobody else is, host for the same, or \
            CONTAINER:HOST:SIZE[,...].
            """, valueName: "whose"))
    var userns: String?

    @Option(
        help: ArgumentHelp(
            "Who some of the container's users are on the host, and its groups without --gidmap.",
            valueName: "container:host:size"))
    var uidmap: [String] = []

    @Option(
        help: ArgumentHelp(
            "Who some of the container's groups are on the host.", valueName: "container:host:size"))
    var gidmap: [String] = []

    @Option(
        help: ArgumentHelp("A setting of the kernel for the container's namespaces.", valueName: "name=value")
    )
    var sysctl: [String] = []
}
