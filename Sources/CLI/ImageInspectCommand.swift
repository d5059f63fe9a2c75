internal import ArgumentParser
internal import Core

/// `mydocker image inspect`.
struct ImageInspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Print all about images as JSON.")

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    @Argument(help: "The images' names or IDs.")
    var images: [String]

    func run() throws {
        let store = try storeOptions.images(log.logger())
        try printJSON(images.map(store.details))
    }
}
