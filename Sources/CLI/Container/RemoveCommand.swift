internal import ArgumentParser
internal import Core
internal import Logging

/// `mydocker rm`.
struct RemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Remove containers, with all that they changed.", aliases: ["remove"])

    @Flag(name: .shortAndLong, help: "Kill containers that run first.")
    var force = false

    @Flag(name: .shortAndLong, help: "Remove the volumes too that were made for them and have no name.")
    var volumes = false

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    @Argument(help: "The containers' names, IDs, or the beginnings of those.", completion: .containers)
    var containers: [String]

    func run() throws {
        let logger = log.logger()
        let removal = ContainerRemoval(in: try storeOptions.cleanStore(logger), logger: logger)
        // In the end, what was too much to delete at once.
        try ErrorReport.forEach(containers, finally: { _ = try storeOptions.cleanStore(logger) }) {
            container in
            if try removal.remove(container, force: force, volumes: volumes) {
                printLine(container)
            } else {
                logger.notice("there is no container called \"\(container)\"")
            }
        }
    }
}
