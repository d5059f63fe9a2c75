internal import ArgumentParser
internal import Core

/// The options of a command, by all of their names, and what the words of a command line say with them.
///
/// The general parser reads options in its own way: it knows no value that is attached to a letter, and takes a value
/// that begins with a dash for an option. Docker's users write both, so the words are put into the form `--name=value`
/// before it sees them.
struct CommandOptions {
    /// What each name means: "-t", "--tty".
    private(set) var entries: [String: Entry] = [:]
    /// True if everything after the first other word belongs to that.
    private var stopsAtFirstWord = false

    /// An option, or without a value a flag.
    struct Entry: Equatable {
        /// The name by which the parser is told.
        let name: String
        let takesValue: Bool
    }

    /// The options that the command has declared.
    init(of command: any ParsableCommand.Type) {
        stopsAtFirstWord = command is any TakesCommand.Type
        for argument in CommandDescription(of: command)?.arguments ?? [] where !argument.isPositional {
            let names = argument.spelled
            let main = names.first { $0.hasPrefix("--") } ?? names.first ?? ""
            // The last is the parser's own, help, which gives way.
            for name in names where entries[name] == nil {
                entries[name] = Entry(name: main, takesValue: argument.takesValue)
            }
        }
    }

    /// True if some of the words may not be in the form that the parser understands.
    static func isNeeded(for words: ArraySlice<String>) -> Bool {
        var wasOption = false
        return words.contains { word in
            let isOption = word.hasPrefix("-") && word != "-"
            defer { wasOption = isOption }
            let isPlain = word.hasPrefix("--") ? !word.contains("=") : word.utf8.count == 2
            return isOption && (wasOption || !isPlain)
        }
    }

    /// The words in the form that the parser understands; what is wrong with them stays wrong.
    func normalized(_ words: ArraySlice<String>) -> [String] {
        var result: [String] = []
        var rest = words
        while let word = rest.popFirst() {
            if word == "--" || (stopsAtFirstWord && (word == "-" || !word.hasPrefix("-"))) {
                return result + [word] + rest
            }
            if word == "-" || !word.hasPrefix("-") {
                result.append(word)
            } else {
                result += (word.hasPrefix("--") ? long(word, &rest) : short(word, &rest)) ?? [word]
            }
        }
        return result
    }

    private func long(_ word: String, _ rest: inout ArraySlice<String>) -> [String]? {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard let entry = entries[String(parts[0])] else { return nil }
        guard entry.takesValue else {
            guard parts.count == 2 else { return [entry.name] }
            return Bool(flag: parts[1]).map { $0 ? [entry.name] : [] }
        }
        guard let value = parts.count == 2 ? String(parts[1]) : rest.popFirst() else { return nil }
        return Self.spoken(entry, value)
    }

    /// The parser reads an attached value whatever it is, but not one that is empty.
    private static func spoken(_ entry: Entry, _ value: String) -> [String] {
        value.isEmpty ? [entry.name, ""] : ["\(entry.name)=\(value)"]
    }

    /// Letters that are put together; the last may have a value.
    private func short(_ word: String, _ rest: inout ArraySlice<String>) -> [String]? {
        var result: [String] = []
        var letters = word.dropFirst()
        while let letter = letters.popFirst() {
            guard let entry = entries["-\(letter)"] else { return nil }
            let isAssigned = letters.first == "="
            if entry.takesValue {
                if isAssigned { letters.removeFirst() }
                guard let value = letters.isEmpty && !isAssigned ? rest.popFirst() : String(letters) else {
                    return nil
                }
                return result + Self.spoken(entry, value)
            }
            guard isAssigned else {
                result.append(entry.name)
                continue
            }
            return Bool(flag: letters.dropFirst()).map { $0 ? result + [entry.name] : result }
        }
        return result
    }

    /// The names that may have been meant by a word, the likeliest first.
    func similar(to word: String) -> [String] {
        let name = word.prefix { $0 != "=" }
        return entries.keys.compactMap { known -> (distance: Int, name: String)? in
            guard known.hasPrefix("--") else { return nil }
            let distance = String(name).editDistance(to: known, atMost: 2)
            return distance.map { ($0, known) }
        }.sorted { $0 < $1 }.map(\.name)
    }
}

extension Bool {
    /// What is written behind a flag, in the words of Go's strconv.ParseBool.
    init?(flag text: some StringProtocol) {
        switch text.lowercased() {
        case "1", "t", "true": self = true
        case "0", "f", "false": self = false
        default: return nil
        }
    }
}
