internal import ArgumentParser
internal import Core

/// `mydocker storage`.
struct StorageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "storage", abstract: "Look at the storage drivers.",
        subcommands: [
            List.self, StorageInfoCommand.self, StorageUsageCommand.self, StorageCheckCommand.self,
            StorageBenchCommand.self, StorageCompareCommand.self, StorageVerifyCommand.self,
            StorageCollectCommand.self, StorageMigrateCommand.self,
        ])

    /// `mydocker storage ls`.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ls", abstract: "List the storage drivers: whether each works here, and why not.")

        @OptionGroup var storeOptions: StoreOptions
        @OptionGroup var log: LogOptions

        func run() throws {
            let registry = CommandLineProgram.registry
            let store = try storeOptions.cleanStore(log.logger())
            printLine("DRIVER".padded(10) + "SUPPORTED".padded(11) + "WHY NOT")
            for driver in registry.drivers {
                switch try registry.support(of: driver, in: store) {
                case .supported:
                    printLine(driver.name.padded(10) + "yes")
                case .unsupported(let reason, let remedy):
                    let why = reason + (remedy.map { "; \($0)" } ?? "")
                    printLine(driver.name.padded(10) + "no".padded(11) + why)
                }
            }
        }
    }
}

extension String {
    /// The text with spaces after it, `width` characters in all.
    func padded(_ width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
