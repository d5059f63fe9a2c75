internal import ArgumentParser
internal import Core

/// `mydocker image exists`.
struct ImageExistsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exists", abstract: "Tell by the exit status whether an image is there: 0 yes, 1 no.")

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    @Argument(help: "The image's name.", completion: .images)
    var name: String

    func run() throws {
        let image = try storeOptions.images(log.logger()).image(named: ImageName(name))
        if image == nil { throw ExitCode(1) }
    }
}
