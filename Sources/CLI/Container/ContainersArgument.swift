internal import ArgumentParser
internal import Core
internal import Logging

/// The containers that a command is for, and where they are.
struct ContainersArgument: ParsableArguments {
    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    @Argument(help: "The containers' names, IDs, or the beginnings of those.", completion: .containers)
    var containers: [String]

    /// Does something with each of them, and prints the name of each with which it went well.
    ///
    /// - Throws: `ExitCode` if one has failed; the others are done all the same.
    func forEach(_ body: (String, Store, Logger) throws -> Void) throws {
        let logger = log.logger()
        let store = try storeOptions.cleanStore(logger)
        try ErrorReport.forEach(containers) { container in
            try body(container, store, logger)
            printLine(container)
        }
    }
}
