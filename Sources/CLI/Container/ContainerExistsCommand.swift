internal import ArgumentParser
internal import Core

/// `mydocker container exists`.
struct ContainerExistsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exists", abstract: "Tell by the exit status whether a container is there: 0 yes, 1 no.")

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    @Argument(help: "The container's name or ID.", completion: .containers)
    var name: String

    func run() throws {
        let containers = Containers(try storeOptions.cleanStore(log.logger()))
        do { _ = try containers.find(name) } catch RunError.noContainer { throw ExitCode(1) }
    }
}
