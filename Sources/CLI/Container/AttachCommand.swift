internal import ArgumentParser
internal import Core

/// `mydocker attach`.
struct AttachCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attach",
        abstract: "Show what a container in the background writes, and pass on what is typed.")

    @Flag(help: "Do not pass on what is typed.")
    var noStdin = false

    @OptionGroup var keys: DetachOptions
    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    @Argument(help: "The container's name or ID.", completion: .containers)
    var container: String

    func run() throws {
        let store = try storeOptions.cleanStore(log.logger())
        let attachment = try ContainerAttachment(
            to: container, in: store, takesInput: !noStdin, passesSignals: keys.passesSignals,
            detachKeys: keys.detachKeys)
        try attachment.run().finish()
    }
}
