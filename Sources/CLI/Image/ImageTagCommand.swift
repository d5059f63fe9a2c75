internal import ArgumentParser
internal import Core

/// `mydocker image tag` and `mydocker tag`.
struct ImageTagCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tag", abstract: "Give an image one more name.")

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    @Argument(help: "The image's name or ID.", completion: .images)
    var source: String

    @Argument(help: "The new name.", completion: .images)
    var name: String

    func run() throws {
        try storeOptions.images(log.logger()).tag(source, as: ImageName(name))
    }
}
