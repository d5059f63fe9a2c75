internal import ArgumentParser
internal import Core
internal import Logging

/// `mydocker volume prune`.
struct VolumePruneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Remove the volumes that no container uses and that have no name.")

    @Flag(name: .shortAndLong, help: "Remove those with a name, too.")
    var all = false

    @Flag(name: .shortAndLong, help: "Do not ask.")
    var force = false

    @Option(
        help: ArgumentHelp(
            "Only volumes with: label=KEY[=VALUE], without: label!=KEY[=VALUE]; all=true is -a.",
            valueName: "key=value"))
    var filter: [String] = []

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    func run() throws {
        let logger = log.logger()
        let volumes = Volumes(try storeOptions.cleanStore(logger))
        let filter = try VolumeFilter(filter, in: volumes)
        let takesNamed = try all || filter.wantsNamed()
        let which = takesNamed ? "" : " and that have no name"
        guard force || Question.ask("This removes all volumes that no container uses\(which). Go on?") else {
            return
        }
        let freed = try Self.prune(volumes, takesNamed: takesNamed, logger) { try filter.shows($0) }
        printLine("Total reclaimed space: \(humanSize(freed))")
        _ = try storeOptions.cleanStore(logger)
    }

    /// Removes those that no container uses, and prints which; returns how many bytes are free now.
    static func prune(
        _ volumes: Volumes, takesNamed: Bool, _ logger: Logger, _ isMeant: (Volume) throws -> Bool
    ) throws -> Int64 {
        var freed: Int64 = 0
        var removed: [String] = []
        for volume in try volumes.all() where try (takesNamed || volume.isAnonymous) && isMeant(volume) {
            let size = (try? volumes.size(of: volume)) ?? 0
            do { try volumes.remove(volume) } catch {
                switch error {
                case VolumeError.inUse, VolumeError.noVolume: continue
                default:
                    logger.warning("\(error.problem)")
                    continue
                }
            }
            freed += size
            removed.append(volume.name)
        }
        if !removed.isEmpty {
            printLine("Deleted Volumes:")
            removed.forEach { printLine($0) }
            printLine()
        }
        return freed
    }
}
