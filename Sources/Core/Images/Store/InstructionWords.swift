/// Takes the value of a Dockerfile instruction apart: quotes, escapes, and the variables that it names.
///
/// Words are told apart before variables are put in: a value with blanks stays one word.
struct InstructionWords {
    private let text: String
    /// The value of a variable; nil if it is not set.
    private let variable: (String) -> String?

    /// Why a value cannot be taken apart.
    struct Malformed: Error {
        let reason: String
    }

    init(_ text: String, variable: @escaping (String) -> String? = { _ in nil }) {
        self.text = text
        self.variable = variable
    }

    /// The strings of a JSON array; nil if it is none.
    func array() -> [String]? {
        guard text.hasPrefix("[") else { return nil }
        return try? [String](json: Array(text.utf8))
    }

    /// The words, with quotes and backslashes taken away.
    func all() throws(Malformed) -> [String] { try words(splitting: true).map(\.text) }

    /// The whole text as one word.
    func single() throws(Malformed) -> String { try words(splitting: false).first?.text ?? "" }

    /// Another text as one word, with the same variables.
    func expanding(_ text: String) throws(Malformed) -> String {
        try InstructionWords(text, variable: variable).single()
    }

    /// NAME=VALUE once or more; or the old form of one, "NAME VALUE", where the rest of the line is the value.
    func pairs() throws(Malformed) -> [(name: String, text: String)] {
        let words = try words(splitting: true)
        guard let first = words.first, first.equals != nil else {
            let value = text.drop { !$0.isBlank }.drop { $0.isBlank }
            guard let first = words.first, !value.isEmpty else { throw Self.noPair }
            return [(first.text, try expanding(String(value)))]
        }
        var result: [(name: String, text: String)] = []
        for word in words {
            guard let equals = word.equals, equals > 0 else { throw Self.noPair }
            let characters = Array(word.text)
            result.append((String(characters[..<equals]), String(characters[(equals + 1)...])))
        }
        return result
    }

    private static let noPair = Malformed(reason: "it is not NAME=VALUE")

    private struct Word {
        var text = ""
        /// Where its first `=` outside of quotes is.
        var equals: Int?

        mutating func markEquals() {
            if equals == nil { equals = text.count }
        }
    }

    private func words(splitting: Bool) throws(Malformed) -> [Word] {
        var result: [Word] = []
        var current: Word?
        var quote: Character?
        var rest = text[...]
        while let character = rest.popFirst() {
            if character == "\\", quote != "'" {
                guard let escaped = rest.popFirst() else {
                    throw Malformed(reason: "a backslash is at its end")
                }
                var word = current ?? Word()
                // Between double quotes a backslash stands for itself before anything but these.
                if quote == "\"", !"\"\\$".contains(escaped) { word.text.append("\\") }
                word.text.append(escaped)
                current = word
            } else if character == quote {
                quote = nil
            } else if quote == nil, character == "\"" || character == "'" {
                current = current ?? Word()
                quote = character
            } else if quote == nil, splitting, character.isBlank {
                if let word = current { result.append(word) }
                current = nil
            } else if character == "$", quote != "'" {
                var word = current ?? Word()
                word.text += try InstructionVariable(&rest).value(variable)
                current = word
            } else {
                var word = current ?? Word()
                if character == "=", quote == nil { word.markEquals() }
                word.text.append(character)
                current = word
            }
        }
        if quote != nil { throw Malformed(reason: "a quote is not closed") }
        if let current { result.append(current) }
        return result
    }
}

extension Character {
    fileprivate var isBlank: Bool { self == " " || self == "\t" }
}
