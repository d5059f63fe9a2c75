internal import ArgumentParser
internal import Core

/// `mydocker port`.
struct PortCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "port",
        abstract:
            "Print the ports of the host that lead into a container: none, it has no network but its own.")

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    @Argument(help: "The container's name or ID.", completion: .containers)
    var container: String

    @Argument(help: "A port of the container: 80/tcp.")
    var port: String?

    func run() throws {
        let found = try Containers(try storeOptions.cleanStore(log.logger())).find(container)
        if let port {
            throw RunError.invalidOption(
                option: "port", value: port, reason: "it is not published from \(try found.record().name)")
        }
    }
}
