internal import ArgumentParser
internal import Core
internal import Glibc

/// What every `inspect` takes.
struct InspectOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "How to print: a text with {{.Name}} in it for each object, or json for one line.",
            valueName: "template"))
    var format: String?

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    func store() throws -> Store { try storeOptions.cleanStore(log.logger()) }

    /// Prints all about several objects as one array, or each by the template that was given, and tells of each that is not there.
    ///
    /// - Parameter details: all about the object of a name.
    /// - Throws: `ExitCode` after what could be printed, if there is an object that could not.
    func show(_ names: [String], _ details: (String) throws -> any Encodable) throws {
        let template = try format.flatMap { $0.isEmpty || $0 == "json" ? nil : $0 }.map { try Template($0) }
        let isForTerminal = isatty(STDOUT_FILENO) != 0
        var found: [AnyDetails] = []
        func printFound() throws {
            guard template == nil else { return }
            // The encoder of more than one line puts two into an empty array.
            if format == "json" || found.isEmpty { try printJSONLine(found) } else { try printJSON(found) }
        }
        try ErrorReport.forEach(names, finally: printFound) { name in
            let details = AnyDetails(value: try details(name))
            guard let template else { return found.append(details) }
            printLine(try template.filled(with: JSONValue(encoding: details), isForTerminal: isForTerminal))
        }
    }

    private struct AnyDetails: Encodable {
        let value: any Encodable

        func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
    }
}
