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
        if !force {
            let which = all ? "that no container uses" : "that have no name"
            printLine("This removes all images \(which). Go on? [y/N] ", terminator: "")
            StandardOutput.shared.flush()
            guard let answer = readLine(), ["y", "yes"].contains(answer.lowercased()) else {
                return printLine("")
            }
        }
        let removal = try ImageStore(at: store.images).prune(
            all: all, uses: store.imageUses())
        removal.untagged.forEach { printLine("Untagged: \($0)") }
        removal.deleted.forEach { printLine("Deleted: \($0)") }
        printLine("Total reclaimed space: \(humanSize(removal.freed))")
    }
}
