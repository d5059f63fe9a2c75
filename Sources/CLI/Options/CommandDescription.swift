internal import ArgumentParser
internal import FoundationEssentials

/// What a command has declared, in the parser's own words.
struct CommandDescription: Decodable {
    /// An option, a flag, or a word behind them.
    struct Argument: Decodable {
        struct Name: Decodable { let kind, name: String }
        struct Completion: Decodable {
            struct List: Decodable { let values: [String] }
            struct ShellCommand: Decodable { let command: String }
            struct Nothing: Decodable {}
            let list: List?
            let shellCommand: ShellCommand?
            let directory, file: Nothing?
        }
        let kind: String
        let shouldDisplay: Bool
        let isRepeating: Bool
        let abstract: String?
        private let names: [Name]?
        let completionKind: Completion?

        var isPositional: Bool { kind == "positional" }
        var takesValue: Bool { kind == "option" }

        /// Its names with their dashes: "-t", "--tty".
        var spelled: [String] { (names ?? []).map { ($0.kind == "short" ? "-" : "--") + $0.name } }
    }

    private struct Command: Decodable { let arguments: [Argument]? }
    private let command: Command

    var arguments: [Argument] { command.arguments ?? [] }

    /// Nil only where the parser's description is not what it used to be.
    init?(of type: any ParsableCommand.Type) {
        let text = Data(type._dumpHelp().utf8)
        guard let description = try? JSONDecoder().decode(Self.self, from: text) else { return nil }
        self = description
    }

    /// The option or flag of this name; of two with the same one, the command's own, and not the parser's help.
    func option(_ name: String) -> Argument? {
        arguments.first { !$0.isPositional && $0.spelled.contains(name) }
    }
}
