internal import ArgumentParser
internal import Core

/// `mydocker image prune`.
struct ImagePruneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Remove the images that have no name.")

    @Flag(name: .shortAndLong, help: "Remove all images that no container uses.")
    var all = false

    @Flag(name: .shortAndLong, help: "Do not ask.")
    var force = false

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    func run() throws {
        let store = try storeOptions.cleanStore(log.logger())
        let which = all ? "that no container uses" : "that have no name"
        guard force || Question.ask("This removes all images \(which). Go on?") else { return }
        let removal = try ImageStore(at: store.images).prune(all: all, uses: store.imageUses())
        removal.tell()
        printLine("Total reclaimed space: \(humanSize(removal.freed))")
    }
}
