/// A command that a user wants to have measured: `--run NAME=COMMAND`.
public struct UserCommand: Sendable, Equatable {
    /// What the results call it.
    public let name: String
    /// What `sh -c` in the container gets.
    public let text: String
    /// What is run before it, in the same container, and not measured; nil for nothing.
    public var setup: String?
    /// What is run after it, and says by its exit status whether the measurement counts; nil for nothing.
    public var check: String?
    /// What is read from what it writes.
    public var metrics: [Metric] = []

    init(name: String, _ text: String, setup: String? = nil, check: String? = nil, metrics: [Metric] = []) {
        (self.name, self.text, self.setup, self.check, self.metrics) = (name, text, setup, check, metrics)
    }

    /// A command; the part before the first `=` is its name if it could be one.
    ///
    /// - Throws: ``InvalidCommand``.
    public init(_ word: String, default name: String) throws(InvalidCommand) {
        (self.name, text) = Self.split(word) ?? (name, word)
        if text.allSatisfy(\.isWhitespace) {
            throw InvalidCommand(option: "--run", value: word, reason: "there is no command")
        }
    }

    /// The commands of all options.
    ///
    /// - Parameters:
    ///   - words: `NAME=COMMAND`, a command, or the name of one that is ready-made (``ready``).
    ///   - setups: each for all commands, or `NAME=COMMAND` for one of them; likewise `checks`.
    ///   - metrics: what is read from the output of each of them.
    /// - Throws: ``InvalidCommand``.
    public static func all(
        _ words: [String], setups: [String] = [], checks: [String] = [], metrics: [String] = []
    ) throws(InvalidCommand) -> [UserCommand] {
        var commands: [UserCommand] = []
        for (index, word) in words.enumerated() {
            let name = words.count == 1 ? "run" : "run-\(index + 1)"
            let made = ready.first { $0.name == word }
            let command = if let made { made } else { try UserCommand(word, default: name) }
            if commands.contains(where: { $0.name == command.name }) {
                throw InvalidCommand(
                    option: "--run", value: word, reason: "there is another called \(command.name)")
            }
            commands.append(command)
        }
        func assign(_ words: [String], _ option: String, _ place: WritableKeyPath<UserCommand, String?>)
            throws(InvalidCommand)
        {
            for word in words {
                let part = split(word)
                let own = part.flatMap { part in commands.firstIndex { $0.name == part.name } }
                for index in own.map({ [$0] }) ?? Array(commands.indices) {
                    let text = own == nil ? word : part?.text ?? word
                    if let other = commands[index][keyPath: place], own == nil || other == text {
                        throw InvalidCommand(
                            option: option, value: word,
                            reason: "\(commands[index].name) has one already; name it: \(option) NAME=COMMAND"
                        )
                    }
                    commands[index][keyPath: place] = text
                }
            }
        }
        try assign(setups, "--setup", \.setup)
        try assign(checks, "--check", \.check)
        for word in metrics {
            let metric = try Metric(word)
            for index in commands.indices {
                if commands[index].metrics.contains(where: { $0.name == metric.name }) {
                    throw InvalidCommand(
                        option: "--metric", value: word,
                        reason: "\(commands[index].name) has a metric \(metric.name) already")
                }
                commands[index].metrics.append(metric)
            }
        }
        return commands
    }

    /// "fio=fio --name=x": the name and the rest.
    private static func split(_ word: String) -> (name: String, text: String)? {
        guard let equals = word.firstIndex(of: "=") else { return nil }
        let name = word[..<equals]
        guard isName(name) else { return nil }
        return (String(name), String(word[word.index(after: equals)...]))
    }

    /// Letters, digits, `.`, `_` and `-`, beginning with none of the last three.
    static func isName(_ name: some StringProtocol) -> Bool {
        guard let first = name.utf8.first, isAlphanumeric(first) else { return false }
        return name.utf8.allSatisfy { isAlphanumeric($0) || ".-_".utf8.contains($0) }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
        default: false
        }
    }
}
