/// A variable in a Dockerfile instruction, as what is after its `$` names it: `X`, `{X}`, `{X:-default}`.
struct InstructionVariable {
    private let name: String
    private let use: Use

    private enum Use {
        /// Nothing that could be a name: the `$` stands for itself.
        case none
        case value
        /// `-`, `+` or `?` and a word; strict (with a colon) if an empty value is as good as none.
        case modified(Character, strict: Bool, word: String)
    }

    /// Takes the variable's name, and what belongs to it, from the front of `rest`.
    init(_ rest: inout Substring) throws(InstructionWords.Malformed) {
        guard rest.first == "{" else {
            name = Self.name(&rest)
            use = name.isEmpty ? .none : .value
            return
        }
        rest.removeFirst()
        name = Self.name(&rest)
        let isStrict = rest.first == ":"
        if isStrict { rest.removeFirst() }
        let mark = rest.popFirst()
        guard !name.isEmpty, let mark else { throw .init(reason: "a ${ is not closed, or has no name") }
        if mark == "}", !isStrict {
            use = .value
        } else if "-+?".contains(mark) {
            use = .modified(mark, strict: isStrict, word: try Self.word(&rest))
        } else {
            throw .init(reason: "${\(name)…} knows only :-, :+ and :? behind the name")
        }
    }

    /// What stands in its place.
    func value(_ variable: (String) -> String?) throws(InstructionWords.Malformed) -> String {
        // What calls it keeps it no longer than this.
        try withoutActuallyEscaping(variable) { variable throws(InstructionWords.Malformed) in
            guard case .modified(let mark, let isStrict, let word) = use else {
                return if case .none = use { "$" } else { variable(name) ?? "" }
            }
            let value = variable(name).flatMap { isStrict && $0.isEmpty ? nil : $0 }
            switch (mark, value) {
            case ("+", nil): return ""
            case ("+", _?), ("-", nil): return try InstructionWords(word, variable: variable).single()
            case (_, let value?): return value
            default:
                throw .init(reason: word.isEmpty ? "the variable \(name) is not set" : "\(name): \(word)")
            }
        }
    }

    /// Letters, digits and underscores; a digit in front is a whole name.
    private static func name(_ rest: inout Substring) -> String {
        let isPart = { (character: Character) in
            character == "_" || character.isASCII && (character.isLetter || character.isNumber)
        }
        let isNumber = rest.first.map { $0.isASCII && $0.isNumber } ?? false
        let name = isNumber ? rest.prefix(1) : rest.prefix(while: isPart)
        rest.removeFirst(name.count)
        return String(name)
    }

    /// Everything up to the brace that closes, which may have others in it.
    private static func word(_ rest: inout Substring) throws(InstructionWords.Malformed) -> String {
        var word = ""
        var depth = 0
        while let character = rest.popFirst() {
            if character == "}", depth == 0 { return word }
            if character == "{" { depth += 1 }
            if character == "}" { depth -= 1 }
            word.append(character)
            if character == "\\", let escaped = rest.popFirst() { word.append(escaped) }
        }
        throw .init(reason: "a ${ is not closed")
    }
}
