internal import ArgumentParser
internal import Core

/// The command that words ask for: `image`, `load` and what is left.
struct CommandPath {
    /// Its names, without the program's: "image", "load".
    private(set) var names: [String] = []
    private(set) var command: any ParsableCommand.Type = MydockerCommand.self
    /// The words after its names.
    private(set) var rest: ArraySlice<String>

    /// - Throws: ``UsageError/noCommand(_:of:similar:)``.
    init(_ words: some Collection<String>) throws(UsageError) {
        rest = Array(words)[...]
        // The parser's own command is the rest of the way to a command.
        let isHelp = rest.first == "help"
        if isHelp { rest.removeFirst() }
        while let word = rest.first, !word.hasPrefix("-"), !command.configuration.subcommands.isEmpty {
            guard let next = command.subcommand(word) else {
                throw .noCommand(word, of: names, similar: Self.similar(to: word, in: command, names))
            }
            rest.removeFirst()
            names.append(next.name)
            command = next
        }
    }

    /// The words of a command line in the form that the general parser understands.
    ///
    /// - Throws: ``UsageError``.
    static func normalized(_ words: [String]) throws(UsageError) -> (path: CommandPath, words: [String]) {
        let path = try CommandPath(words)
        guard words.first != "help", CommandOptions.isNeeded(for: path.rest) else { return (path, words) }
        let options = CommandOptions(of: path.command)
        return (path, path.names + options.normalized(path.rest))
    }

    /// The commands that may have been meant, as they are called: "image inspect".
    private static func similar(
        to word: String, in parent: any ParsableCommand.Type, _ names: [String]
    ) -> [String] {
        let siblings = parent.configuration.subcommands.filter { $0.configuration.shouldDisplay }
        let near = siblings.compactMap { sibling -> (distance: Int, name: String)? in
            let name = sibling.name
            guard let distance = word.editDistance(to: name, atMost: min(2, name.utf8.count / 2)) else {
                return nil
            }
            return (distance, name)
        }
        if !near.isEmpty {
            return near.sorted { $0 < $1 }.map { found in (names + [found.name]).joined(separator: " ") }
        }
        // The same word elsewhere.
        return MydockerCommand.configuration.subcommands.filter { $0.subcommand(word) != nil }.map {
            "\($0.name) \(word)"
        }
    }
}

extension ParsableCommand {
    static var name: String { configuration.commandName ?? "" }

    /// The command below that is called so, or was given that name too.
    static func subcommand(_ name: String) -> (any ParsableCommand.Type)? {
        configuration.subcommands.first { $0.name == name }
            ?? configuration.subcommands.first { $0.configuration.aliases.contains(name) }
    }
}
