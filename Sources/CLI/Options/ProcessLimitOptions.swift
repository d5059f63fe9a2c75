internal import ArgumentParser

/// The limits of a new container's processes, which do not change as long as it is there.
struct ProcessLimitOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A limit of each process, such as nofile=1024:4096.", valueName: "name=soft[:hard]"))
    var ulimit: [String] = []

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "How soon the kernel kills it for want of memory: -1000 to 1000.", valueName: "number"))
    var oomScoreAdj: String?

    @Option(help: ArgumentHelp("How large /dev/shm may become; 64m is usual.", valueName: "size"))
    var shmSize: String?
}
