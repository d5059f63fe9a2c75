internal import ArgumentParser
internal import Core

/// `mydocker volume rm`.
struct VolumeRemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Remove volumes that no container uses, with all that is in them.",
        aliases: ["remove"])

    @Flag(name: .shortAndLong, help: "Be content if there is none.")
    var force = false

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    @Argument(help: "The volumes' names, or the beginnings of those.", completion: .volumes)
    var names: [String]

    func run() throws {
        let logger = log.logger()
        let volumes = Volumes(try storeOptions.cleanStore(logger))
        // In the end, what was too much to delete at once.
        try ErrorReport.forEach(names, finally: { _ = try storeOptions.cleanStore(logger) }) { name in
            do {
                let volume = try volumes.find(name)
                try volumes.remove(volume)
                printLine(volume.name)
            } catch VolumeError.noVolume where force {}
        }
    }
}

/// `mydocker volume exists`.
struct VolumeExistsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exists", abstract: "Exit with 0 if there is a volume of that name, and with 1 if not.")

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    @Argument(help: "The volume's name.", completion: .volumes)
    var name: String

    func run() throws {
        let volumes = Volumes(try storeOptions.cleanStore(log.logger()))
        do { if try volumes.find(name).name == name { return } } catch VolumeError.noVolume {}
        throw ExitCode(1)
    }
}
