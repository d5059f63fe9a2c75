internal import ArgumentParser
internal import Core
internal import Logging

/// `mydocker container prune`.
struct ContainerPruneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Remove the containers that are not running.")

    @Flag(name: .shortAndLong, help: "Do not ask.")
    var force = false

    @Option(
        help: ArgumentHelp(
            "Only those with label=KEY[=VALUE], or made before until=TIME.", valueName: "key=value"))
    var filter: [String] = []

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    func run() throws {
        let logger = log.logger()
        let store = try storeOptions.cleanStore(logger)
        guard force || Question.ask("This removes all containers that are not running. Go on?") else {
            return
        }
        let freed = try Self.prune(store, try Filters(filter, keys: ["label", "until"]), logger)
        printLine("Total reclaimed space: \(humanSize(freed))")
        _ = try storeOptions.cleanStore(logger)
    }

    /// Removes them, and prints which; returns how many bytes are free now.
    static func prune(_ store: Store, _ filters: Filters, _ logger: Logger) throws -> Int64 {
        let before = try filters["until"].map { try MomentOption.parse($0, option: "--filter until") }.min()
        let sizes = Dictionary(
            try StoreUsage(store, logger: logger).containers.map { ($0.id, $0.usage.bytes) },
            uniquingKeysWith: { first, _ in first })
        let containers = Containers(store)
        let removal = ContainerRemoval(in: store, logger: logger)
        var (freed, removed) = (Int64(0), [String]())
        for record in try containers.all().sorted(by: { $0.created < $1.created }) {
            guard !containers.container(of: record).isRunning, before.map({ record.created < $0 }) ?? true,
                filters.matches(labels: record.spec?.labels ?? [:])
            else { continue }
            do {
                try removal.remove(record.id)
                freed += sizes[record.id] ?? 0
                removed.append(record.id)
            } catch { logger.warning("\(error.problem)") }
        }
        if !removed.isEmpty {
            printLine("Deleted Containers:")
            removed.forEach { printLine($0) }
            printLine()
        }
        return freed
    }
}
