internal import ArgumentParser
internal import Core

/// The limits that `run` and `update` take.
struct LimitOptions: ParsableArguments {
    @Option(
        name: [.short, .customLong("memory"), .customLong("mem")], parsing: .unconditional,
        help: ArgumentHelp("The most memory: bytes, or with k, m, g.", valueName: "size"))
    var memory: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The most memory and swap together; -1 for any amount of swap. Twice the memory is usual.",
            valueName: "size"))
    var memorySwap: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The memory that it is left with when the host has little.", valueName: "size"))
    var memoryReservation: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "How readily its memory is swapped out, 0 to 100; with cgroup v1.", valueName: "number"))
    var memorySwappiness: String?

    @Flag(help: "Have processes wait for memory, instead of killing one; with cgroup v1.")
    var oomKillDisable = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The most CPU time, in CPUs: 0.5, 2.", valueName: "number"))
    var cpus: String?

    @Option(
        name: [.customShort("c"), .customLong("cpu-shares"), .customLong("cpushare")],
        parsing: .unconditional,
        help: ArgumentHelp("The share of CPU time under contention; 1024 is usual.", valueName: "number"))
    var cpuShares: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The time in which the quota can be used up, in microseconds.", valueName: "number"))
    var cpuPeriod: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The CPU time in each period, in microseconds.", valueName: "number"))
    var cpuQuota: String?

    @Option(
        name: [.customLong("cpuset-cpus"), .customLong("cpuset")], parsing: .unconditional,
        help: ArgumentHelp("The CPUs to run on: 0-1,3.", valueName: "list"))
    var cpusetCPUs: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The memory nodes to use: 0-1.", valueName: "list"))
    var cpusetMems: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The most processes and threads; -1 for any number.", valueName: "number"))
    var pidsLimit: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The share of disks' time under contention, 10 to 1000.", valueName: "number"))
    var blkioWeight: String?

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("The same for one disk.", valueName: "path:number"))
    var blkioWeightDevice: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("The most bytes a second that are read from a disk.", valueName: "path:size"))
    var deviceReadBps: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("The most bytes a second that are written to a disk.", valueName: "path:size"))
    var deviceWriteBps: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("The most reads a second from a disk.", valueName: "path:number"))
    var deviceReadIops: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("The most writes a second to a disk.", valueName: "path:number"))
    var deviceWriteIops: [String] = []

    /// What was given.
    var words: [LimitWord] {
        let single: [(String, String?)] = [
            ("--memory", memory),
            ("--memory-swap", memorySwap),
            ("--memory-reservation", memoryReservation),
            ("--memory-swappiness", memorySwappiness),
            ("--cpus", cpus),
            ("--cpu-shares", cpuShares),
            ("--cpu-period", cpuPeriod),
            ("--cpu-quota", cpuQuota),
            ("--cpuset-cpus", cpusetCPUs),
            ("--cpuset-mems", cpusetMems),
            ("--pids-limit", pidsLimit),
            ("--blkio-weight", blkioWeight),
        ]
        let lists: [(String, [String])] = [
            ("--blkio-weight-device", blkioWeightDevice),
            ("--device-read-bps", deviceReadBps),
            ("--device-write-bps", deviceWriteBps),
            ("--device-read-iops", deviceReadIops),
            ("--device-write-iops", deviceWriteIops),
        ]
        return single.compactMap { name, text in text.map { LimitWord(name, $0) } }
            + lists.flatMap { name, texts in texts.map { LimitWord(name, $0) } }
            + (oomKillDisable ? [LimitWord("--oom-kill-disable", "true")] : [])
    }
}
