/// The words of `run` and of whatever else makes a container, read by this alone.
///
/// The parser of all commands puts together what it knows of every option of a command by reflection, which takes longer
/// than a container's start. It gets only what this does not take, for help and for what to say of an error.
extension RunOptions {
    /// The options that these words, without the command's name, say; nil if something is wrong with them.
    init?(_ words: ArraySlice<String>) {
        var rest = words
        while let word = rest.first, word.hasPrefix("-"), word != "-" {
            rest.removeFirst()
            if word == "--" { break }
            guard word.hasPrefix("--") ? readLong(word, &rest) : readShort(word, &rest) else { return nil }
        }
        wordCount = rest.count
    }

    private mutating func readLong(_ word: String, _ rest: inout ArraySlice<String>) -> Bool {
        if let equals = word.firstIndex(of: "=") {
            return set(String(word[..<equals]), String(word[word.index(after: equals)...]))
        }
        guard let option = Self.option(word) else { return false }
        guard let value = option.isFlag ? "true" : rest.popFirst() else { return false }
        return set(option, value)
    }

    /// Letters that are put together; the last may have a value.
    private mutating func readShort(_ word: String, _ rest: inout ArraySlice<String>) -> Bool {
        var letters = word.dropFirst()
        while let letter = letters.popFirst() {
            if letters.first == "=" { return set("-\(letter)", String(letters.dropFirst())) }
            guard let option = Self.option("-\(letter)") else { return false }
            guard !option.isFlag else {
                _ = set(option, "true")
                continue
            }
            guard let value = letters.isEmpty ? rest.popFirst() : String(letters) else { return false }
            return set(option, value)
        }
        return true
    }

    private static func option(_ name: String) -> RunOption? {
        table.first { $0.isCalled(name) }
    }

    private mutating func set(_ name: String, _ value: String) -> Bool {
        Self.option(name).map { set($0, value) } ?? false
    }

    /// False if the option does not take the value.
    private mutating func set(_ option: RunOption, _ value: String) -> Bool {
        switch option.effect {
        case .flag(let effect):
            guard let isSet = Bool(flag: value) else { return false }
            effect(&self, isSet)
        case .value(let effect): effect(&self, value)
        case .choice(let effect): return effect(&self, value)
        }
        return true
    }
}
