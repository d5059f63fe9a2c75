internal import ArgumentParser
internal import Core

/// `mydocker rename`.
struct RenameCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rename", abstract: "Give a container another name.")

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    @Argument(help: "The container's name or ID.", completion: .containers)
    var container: String

    @Argument(help: "Its new name.")
    var name: String

    func run() throws {
        let logger = log.logger()
        try ContainerControl(in: try storeOptions.cleanStore(logger), logger: logger).rename(
            container, to: name)
    }
}
