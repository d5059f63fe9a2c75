internal import ArgumentParser
internal import Core

/// What the word that is being typed may become: `mydocker __complete SHELL WORD…`, which the shells' scripts call.
struct Completion {
    /// A word, and what it is.
    struct Candidate: Equatable {
        let word: String
        var about = ""
    }

    /// What is offered.
    enum Answer: Equatable {
        case words([Candidate])
        /// The shell's own completion of files.
        case files
        case directories
    }

    /// The words before it, without the program's name.
    private let words: [String]
    /// What has been typed of it.
    private let typed: String
    /// How many of its characters the shell takes for words before.
    private let cut: Int

    /// - Parameters:
    ///   - line: the words after the program's name, as the shell has divided them; the last is being typed.
    ///   - breaksWords: true if the shell makes words of `:` and `=` (bash: COMP_WORDBREAKS).
    init(_ line: some Collection<String>, breaksWords: Bool = false) {
        var (words, isOpen, last) = ([String](), false, "")
        for word in line {
            let isBreak = breaksWords && !word.isEmpty && word.allSatisfy { ":=".contains($0) }
            if isBreak || isOpen, let before = words.popLast() {
                words.append(before + word)
            } else {
                words.append(word)
            }
            (isOpen, last) = (isBreak, word)
        }
        typed = words.popLast() ?? ""
        cut = isOpen ? typed.count : typed.count - last.count
        self.words = words
    }

    /// The lines that the scripts understand: `WORD`, `WORD<tab>WHAT IT IS`, `:files`, `:directories`.
    var lines: [String] {
        switch answer {
        case .files: [":files"]
        case .directories: [":directories"]
        case .words(let candidates):
            candidates.filter { candidate in
                // A name that no command takes, and that a terminal would obey.
                candidate.word.hasPrefix(typed) && candidate.word.count > cut
                    && candidate.word.printable == candidate.word
            }.map { candidate in
                let word = String(candidate.word.dropFirst(cut))
                return candidate.about.isEmpty ? word : "\(word)\t\(candidate.about)"
            }
        }
    }

    /// What may stand at this place, whatever has been typed.
    var answer: Answer {
        var rest = words[...]
        if let options = CommandDescription(of: GlobalDescription.self),
            let option = Self.readOptions(of: options, &rest, untilFirstWord: true).open
        {
            return values(of: option)
        }
        if rest.first == "help" { rest.removeFirst() }
        var command: any ParsableCommand.Type = MydockerCommand.self
        while let word = rest.first, let next = command.subcommand(word) {
            rest.removeFirst()
            command = next
        }
        guard command.configuration.subcommands.isEmpty else {
            return rest.isEmpty ? subcommands(of: command) : .words([])
        }
        guard let description = CommandDescription(of: command) else { return .words([]) }
        return arguments(of: description, isCommandAtEnd: command is any TakesCommand.Type, rest)
    }

    private func subcommands(of command: any ParsableCommand.Type) -> Answer {
        if typed.hasPrefix("-") {
            guard command == MydockerCommand.self,
                let options = CommandDescription(of: GlobalDescription.self)
            else { return .words([Candidate(word: "--help")]) }
            return self.options(of: options)
        }
        var candidates: [Candidate] = []
        for child in command.configuration.subcommands {
            let configuration: CommandConfiguration = child.configuration
            guard configuration.shouldDisplay else { continue }
            candidates.append(Candidate(word: child.name, about: configuration.abstract))
            // Other names only for those who know them.
            if typed.isEmpty { continue }
            for alias in configuration.aliases {
                candidates.append(Candidate(word: alias, about: configuration.abstract))
            }
        }
        return .words(candidates)
    }

    private func arguments(
        of description: CommandDescription, isCommandAtEnd: Bool, _ words: ArraySlice<String>
    ) -> Answer {
        var rest = words
        let read = Self.readOptions(of: description, &rest, untilFirstWord: isCommandAtEnd)
        if let option = read.open { return values(of: option) }
        // A command in a container, and its arguments: the host's files, for want of something better.
        if isCommandAtEnd, !rest.isEmpty { return .files }
        if !read.hasEnded, typed.hasPrefix("-") { return options(of: description) }
        let places = description.arguments.filter(\.isPositional)
        if read.count < places.count { return values(of: places[read.count]) }
        guard let last = places.last, last.isRepeating else { return .words([]) }
        return values(of: last)
    }

    /// Names of options, or behind `=` a value.
    private func options(of description: CommandDescription) -> Answer {
        if let equals = typed.firstIndex(of: "=") {
            let option = description.option(String(typed[..<equals]))
            guard let option, option.takesValue else { return .words([]) }
            return values(of: option, after: String(typed[...equals]))
        }
        let shown = description.arguments.filter { !$0.isPositional && $0.shouldDisplay }
        return .words(
            shown.flatMap { option in option.spelled.map { Candidate(word: $0, about: option.abstract ?? "") }
            })
    }

    /// - Parameter prefix: what stands before the value in the same word: "--root=".
    private func values(of argument: CommandDescription.Argument, after prefix: String = "") -> Answer {
        guard let kind = argument.completionKind else { return .words([]) }
        if kind.file != nil { return .files }
        if kind.directory != nil { return .directories }
        let source = kind.shellCommand.flatMap { CompletionSource(rawValue: $0.command) }
        let found = source?.values(in: store, typed: String(typed.dropFirst(prefix.count))).sorted()
        if source == .containerPaths || source == .volumePaths,
            found?.contains(where: { $0.hasPrefix(typed) }) != true
        {
            return .files
        }
        return .words((found ?? kind.list?.values ?? []).map { Candidate(word: prefix + $0) })
    }

    /// The store that the words mean; nil if there is none.
    private var store: Store? {
        var root: String?
        for (word, next) in zip(words, words.dropFirst() + [""]) {
            if word == "--root" { root = next }
            if word.hasPrefix("--root=") { root = String(word.dropFirst("--root=".count)) }
        }
        guard let store = try? Store(option: root), Files.isDirectory(store.root) else { return nil }
        return store
    }

    /// Takes options, and the words among them, from the beginning of words.
    ///
    /// - Returns: an option whose value comes next, how many words there were, and whether `--` has ended the options.
    private static func readOptions(
        of description: CommandDescription, _ words: inout ArraySlice<String>, untilFirstWord: Bool
    ) -> (open: CommandDescription.Argument?, count: Int, hasEnded: Bool) {
        var (count, hasEnded) = (0, false)
        while let word = words.first {
            guard word.hasPrefix("-"), word != "-", !hasEnded else {
                if untilFirstWord { break }
                words.removeFirst()
                count += 1
                continue
            }
            words.removeFirst()
            if word == "--" {
                hasEnded = true
            } else if let option = optionInNeed(word, description) {
                if words.isEmpty { return (option, count, hasEnded) }
                words.removeFirst()
            }
        }
        return (nil, count, hasEnded)
    }

    /// The option that has its value in the next word; nil if the word has it, or it takes none.
    private static func optionInNeed(
        _ word: String, _ description: CommandDescription
    ) -> CommandDescription.Argument? {
        if word.hasPrefix("--") { return description.option(word).flatMap { $0.takesValue ? $0 : nil } }
        var letters = word.dropFirst()
        while let letter = letters.popFirst() {
            guard let option = description.option("-\(letter)") else { return nil }
            if option.takesValue { return letters.isEmpty ? option : nil }
        }
        return nil
    }
}

/// The options before a command's name, for their description alone: ``GlobalOptions`` reads them.
private struct GlobalDescription: ParsableCommand {
    @OptionGroup var store: StoreOptions

    @Option(help: ArgumentHelp("The storage driver.", valueName: "name"), completion: .drivers)
    var storage: String?

    @Option(name: .customShort("l"), help: "The same as --log-level.", completion: .logLevels)
    var level: String?

    @Flag(name: [.customShort("D"), .long], help: "The same as --log-level debug.")
    var debug = false

    @OptionGroup var log: LogOptions
}
