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

    @Option(help: ArgumentHelp("A device of the host: HOST[:CONTAINER[:rwm]].", valueName: "path"))
    var device: [String] = []

    @Flag(help: "Hold nothing back but the namespaces: all capabilities, system calls and devices.")
    var privileged = false
}
