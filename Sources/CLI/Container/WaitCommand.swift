internal import ArgumentParser
internal import Core

/// `mydocker wait`.
struct WaitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait", abstract: "Wait until containers have ended, and print their exit statuses.")

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    @Argument(help: "The containers' names, IDs, or the beginnings of those.", completion: .containers)
    var containers: [String]

    func run() throws {
        let logger = log.logger()
        let control = ContainerControl(in: try storeOptions.cleanStore(logger), logger: logger)
        try ErrorReport.forEach(containers) { printLine("\(try control.wait($0).rawValue)") }
    }
}
