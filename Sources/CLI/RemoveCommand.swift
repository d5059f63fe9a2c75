internal import ArgumentParser
internal import Core
internal import Glibc

/// `mydocker rm`.
struct RemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Remove containers that were kept with run --keep.")

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    @Argument(help: "The containers' names or IDs.")
    var containers: [String]

    func run() throws {
        guard geteuid() == 0 else { throw RunError.notRoot }
        let store = try storeOptions.cleanStore(log.logger())
        for container in containers {
            try KeptContainer(container, in: store).remove()
            print(container)
        }
        // What was too much to delete at once.
        try Cleanup(store: store, logger: log.logger()).removeAbandoned()
    }
}
