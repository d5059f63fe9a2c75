internal import ArgumentParser

/// The limits that `run` takes.
struct LimitOptions: ParsableArguments {
    @Option(
        name: [.short, .customLong("memory"), .customLong("mem")], parsing: .unconditional,
        help: ArgumentHelp("The most memory: bytes, or with k, m, g.", valueName: "size"))
    var memory: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The most CPU time, in CPUs: 0.5, 2.", valueName: "number"))
    var cpus: String?

    @Option(
        name: [.customLong("cpu-shares"), .customLong("cpushare")], parsing: .unconditional,
        help: ArgumentHelp("The share of CPU time under contention; 1024 is usual.", valueName: "number"))
    var cpuShares: String?

    @Option(
        name: [.customLong("cpuset-cpus"), .customLong("cpuset")], parsing: .unconditional,
        help: ArgumentHelp("The CPUs to run on: 0-1,3.", valueName: "list"))
    var cpuSet: String?

    @Option(
        parsing: .unconditional, help: ArgumentHelp("The most processes and threads.", valueName: "number"))
    var pidsLimit: String?
}
