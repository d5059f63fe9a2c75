internal import ArgumentParser
internal import Core

/// `mydocker storage migrate`.
struct StorageMigrateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Give a kept container another storage driver.",
        discussion: """
            What the container has changed is made again under the other driver and compared with the original; the image \
            is unpacked for that driver if it has not been. Killed at any moment, the container is as it was or has the \
            other driver.
            """)

    @Option(
        name: .customLong("to"), help: ArgumentHelp("The storage driver.", valueName: "name"),
        completion: .drivers)
    var driver: String

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    @Argument(help: "The container's name or ID; it must have ended.", completion: .containers)
    var container: String

    func run() throws {
        let logger = log.logger()
        let store = try storeOptions.cleanStore(logger)
        let before = try ContainerMigration(in: store, logger: logger).run(
            container, to: driver, progress: ProgressReport("unpack", logger, isVerbose: nil))
        printLine(
            before == driver ? "\(container): \(driver) already" : "\(container): \(before) to \(driver)")
    }
}
