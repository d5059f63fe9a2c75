internal import ArgumentParser
internal import Core
internal import Glibc
internal import Logging

/// `mydocker stats`.
struct StatsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Show what containers use: those that are named, else all that run.",
        discussion: """
            The memory of a container without a limit of memory, which no cgroup counts, is the sum over its processes of \
            what is theirs and their part of what they share. What nobody counts is "--".
            """)

    @Flag(name: .shortAndLong, help: "Show the containers that do not run, too.")
    var all = false

    @Flag(help: "Show it once, and end.")
    var noStream = false

    @Option(
        name: .shortAndLong, help: ArgumentHelp("How long it is until the next look.", valueName: "seconds"))
    var interval = 1

    @Flag(help: "Print IDs in full, which they are anyway.")
    var noTrunc = false

    @Option(help: OutputFormat.help, completion: OutputFormat.completion)
    var format = OutputFormat.table

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    @Argument(help: "The containers' names, IDs, or the beginnings of those.", completion: .containers)
    var names: [String] = []

    /// What one container uses, in docker's words.
    private struct Line: Encodable {
        let container, id, name, cpu, memory, memoryPart, network, block, processes: String

        enum CodingKeys: String, CodingKey {
            case container = "Container"
            case id = "ID"
            case name = "Name"
            case cpu = "CPUPerc"
            case memory = "MemUsage"
            case memoryPart = "MemPerc"
            case network = "NetIO"
            case block = "BlockIO"
            case processes = "PIDs"
        }
    }

    func validate() throws {
        guard (1...86_400).contains(interval) else {
            throw ValidationError("--interval takes a number of seconds from 1")
        }
    }

    func run() throws {
        let logger = log.logger()
        let containers = Containers(try storeOptions.cleanStore(logger))
        let usage = try ContainerUsage()
        let named = try names.map { (name: $0, id: try containers.find($0).id) }
        func chosen() throws -> [(name: String, record: ContainerRecord)] {
            let records = try containers.all { logger.warning("\($0.explanation.problem)") }
            guard !named.isEmpty else {
                return records.filter { all || $0.isRunning }.sorted {
                    ($0.created, $0.id) > ($1.created, $1.id)
                }
                .map { ($0.id, $0) }
            }
            return named.compactMap { name, id in records.first { $0.id == id }.map { (name, $0) } }
        }
        var before: [String: ContainerStatistics] = [:]
        var isFirst = true
        while !StandardOutput.shared.hasFailed {
            let records = try chosen()
            // Who was named is gone for good.
            if records.isEmpty && !named.isEmpty { return }
            var now: [String: ContainerStatistics] = [:]
            for (_, record) in records { now[record.id] = usage.statistics(of: record) }
            if !noStream || !isFirst {
                try show(
                    records.filter { all || !named.isEmpty || now[$0.record.id] != nil }.map {
                        line($0.name, $0.record, now[$0.record.id], since: before[$0.record.id])
                    })
                if noStream { return }
            }
            // Half a second tells of CPU time what has to be told, where somebody waits for it.
            usleep(noStream ? 500_000 : UInt32(interval) * 1_000_000)
            before = now
            isFirst = false
        }
    }

    private func show(_ lines: [Line]) throws {
        // Over what stands there.
        if !noStream, format != .json, isatty(STDOUT_FILENO) != 0 {
            printLine("\u{1B}[H\u{1B}[J", terminator: "")
        }
        try format.show(
            lines,
            [
                Column("CONTAINER ID", \.id), Column("NAME", \.name), Column("CPU %", \.cpu),
                Column("MEM USAGE / LIMIT", \.memory), Column("MEM %", \.memoryPart),
                Column("NET I/O", \.network), Column("BLOCK I/O", \.block), Column("PIDS", \.processes),
            ],
            headings: [
                "ID": "CONTAINER ID", "CPUPerc": "CPU %", "MemUsage": "MEM USAGE / LIMIT", "MemPerc": "MEM %",
                "NetIO": "NET I/O", "BlockIO": "BLOCK I/O", "PIDs": "PIDS",
            ])
        StandardOutput.shared.flush()
    }

    private func line(
        _ container: String, _ record: ContainerRecord, _ now: ContainerStatistics?,
        since before: ContainerStatistics?
    ) -> Line {
        func pair(_ first: UInt64?, _ second: UInt64?) -> String {
            func size(_ bytes: UInt64?) -> String { bytes.map { humanSize(Int64(clamping: $0)) } ?? "--" }
            return "\(size(first)) / \(size(second))"
        }
        let percent = before.flatMap { now?.cpuPercent(since: $0) }
        let limit = now.map { min($0.memoryLimit ?? $0.hostMemory, $0.hostMemory) }
        return Line(
            container: container, id: record.id, name: record.name, cpu: percent.map(percentage) ?? "--",
            memory: "\(now?.memory.map(binarySize) ?? "--") / \(limit.map(binarySize) ?? "--")",
            memoryPart: now?.memoryPercent.map(percentage) ?? "--",
            network: pair(now?.received, now?.sent), block: pair(now?.blockRead, now?.blockWritten),
            processes: now?.processes.map { "\($0)" } ?? "--")
    }
}
