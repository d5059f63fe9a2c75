internal import ArgumentParser
internal import Core
internal import SystemPackage

/// `mydocker storage`.
struct StorageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "storage", abstract: "Look at the storage drivers.",
        subcommands: [
            List.self, StorageInfoCommand.self, StorageUsageCommand.self, StorageCheckCommand.self,
            StorageBenchCommand.self, StorageCompareCommand.self, StorageReportCommand.self,
            StorageVerifyCommand.self,
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
            let entries = registry.all(for: store)
            let width = max(10, (entries.map(\.name.count).max() ?? 0) + 2)
            // Where all are a part of this program, nobody asks where they come from.
            let hasPlaces = entries.contains { $0.path != nil }
            let places = hasPlaces ? (entries.map(\.place.count).max() ?? 0) + 2 : 0
            let place = hasPlaces ? "FROM".padded(places) : ""
            printLine("DRIVER".padded(width) + "SUPPORTED".padded(11) + place + "WHY NOT")
            for entry in entries {
                let why = try Self.whyNot(entry, registry, store)
                let place = hasPlaces ? entry.place.padded(places) : ""
                let line = entry.name.padded(width) + (why == nil ? "yes" : "no").padded(11) + place
                printLine(why.map { line + $0 } ?? line.withoutTrailingSpaces)
            }
        }

        private static func whyNot(
            _ entry: DriverRegistry.Entry, _ registry: DriverRegistry, _ store: Store
        ) throws -> String? {
            if let refusal = entry.refusal { return "not used: \(refusal)" }
            guard let driver = entry.driver,
                case .unsupported(let reason, let remedy) = try registry.support(of: driver, in: store)
            else { return nil }
            return reason + (remedy.map { "; \($0)" } ?? "")
        }
    }
}

extension DriverRegistry.Entry {
    /// Where it comes from.
    fileprivate var place: String { path.map { $0.string.printable } ?? "built in" }
}

extension String {
    /// The text with spaces after it, `width` characters in all.
    func padded(_ width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
