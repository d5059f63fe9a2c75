internal import ArgumentParser

/// What a new container has mounted.
struct MountOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "A directory of the host, or a volume by its name: SOURCE:PATH[:ro]; a path alone is a new volume.",
            valueName: "mount"),
        completion: .volumePaths)
    var volume: [String] = []

    @Option(
        help: ArgumentHelp(
            "The same in pairs: type=bind|volume|tmpfs,src=SOURCE,dst=PATH,readonly.", valueName: "mount"))
    var mount: [String] = []

    @Option(help: ArgumentHelp("A file system in memory: PATH[:size=64m,mode=700].", valueName: "mount"))
    var tmpfs: [String] = []

    @Option(
        help: ArgumentHelp(
            "What another container has mounted, but tmpfs.", valueName: "container[:ro]"),
        completion: .containers)
    var volumesFrom: [String] = []
}
