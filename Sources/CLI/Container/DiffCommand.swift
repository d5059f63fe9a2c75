internal import ArgumentParser
internal import Core
internal import Glibc

/// `mydocker diff`.
struct DiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "List what a container has changed: A added, C changed, D deleted.")

    /// How changes are printed.
    enum Format: String, ExpressibleByArgument {
        case text, json
    }

    @Option(help: ArgumentHelp("How it is printed: text or json.", valueName: "format"))
    var format = Format.text

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    @Argument(
        help: "The container's name or ID; it may be running, or have been kept.", completion: .containers)
    var container: String

    func run() throws {
        let root = try ContainerRoot.find(
            container, in: try storeOptions.cleanStore(log.logger()))
        // The root itself is no news.
        let changes = try root.changes().filter { !$0.path.isEmpty }
        switch format {
        case .text:
            // A program gets the bytes that the names are, a person what can be shown of them.
            guard isatty(STDOUT_FILENO) == 0 else {
                return changes.forEach { printLine(String(decoding: $0.line, as: UTF8.self).printable) }
            }
            for change in changes { StandardOutput.shared.write(change.line + [UInt8(ascii: "\n")]) }
        case .json:
            try printJSON(
                changes.map { change in
                    [
                        "kind": change.kind.rawValue,
                        "path": "/" + String(decoding: change.path, as: UTF8.self),
                    ]
                })
        }
    }
}
