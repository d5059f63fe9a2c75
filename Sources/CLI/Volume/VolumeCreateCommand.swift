internal import ArgumentParser
internal import Core

/// `mydocker volume create`.
struct VolumeCreateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make a volume, unless there is one of that name, and print its name.")

    @Option(
        name: .shortAndLong, help: ArgumentHelp("Who makes it: local is the only one.", valueName: "name"))
    var driver = "local"

    @Option(help: ArgumentHelp("Any text by any key.", valueName: "key=value"))
    var label: [String] = []

    @Option(
        name: [.short, .customLong("opt")],
        help: ArgumentHelp(
            "type=none, o=bind and device=/PATH, for a directory of the host.", valueName: "name=value"))
    var option: [String] = []

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    @Argument(help: "Its name; without one it gets one that nobody has.")
    var name: String?

    func run() throws {
        guard driver == "local" else {
            throw RunError.invalidOption(option: "--driver", value: driver, reason: "there is only local")
        }
        let volumes = Volumes(try storeOptions.cleanStore(log.logger()))
        let volume = try volumes.create(
            name, labels: pairs(label, of: "--label"), options: pairs(option, of: "--opt"))
        printLine(volume.name)
    }

    private func pairs(_ words: [String], of option: String) throws -> [String: String] {
        var result: [String: String] = [:]
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard !parts[0].isEmpty else {
                throw RunError.invalidOption(option: option, value: word, reason: "it has no key")
            }
            result[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
        }
        return result
    }
}
