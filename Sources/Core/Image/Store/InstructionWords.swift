/// Takes the value of a Dockerfile instruction apart.
struct InstructionWords {
    private let text: String

    init(_ text: String) {
        self.text = text
    }

    /// The strings of a JSON array; nil if it is none.
    func array() -> [String]? {
        guard text.hasPrefix("[") else { return nil }
        return try? [String](json: Array(text.utf8))
    }

    /// The words, with quotes and backslashes taken away; nil if a quote is not closed.
    func all() -> [String]? { words()?.map(\.text) }

    /// NAME=VALUE once or more; or the old form of one, "NAME VALUE", where the rest of the line is the value.
    func pairs(allowsSingle: Bool) -> [(name: String, text: String)]? {
        guard let words = words(), let first = words.first else { return nil }
        guard first.equals != nil else {
            guard allowsSingle, words.count > 1 else { return nil }
            let value = text.drop { !$0.isBlank }.drop { $0.isBlank }
            return [(first.text, String(value))]
        }
        var result: [(name: String, text: String)] = []
        for word in words {
            guard let equals = word.equals, equals > 0 else { return nil }
            let characters = Array(word.text)
            result.append((String(characters[..<equals]), String(characters[(equals + 1)...])))
        }
        return result
    }

    private struct Word {
        var text = ""
        /// Where its first `=` outside of quotes is.
        var equals: Int?

        mutating func markEquals() {
            if equals == nil { equals = text.count }
        }
    }

    private func words() -> [Word]? {
        var result: [Word] = []
        var current: Word?
        var quote: Character?
        var isEscaped = false
        for character in text {
            if isEscaped {
                // Between double quotes a backslash stands for itself before anything but these.
                if quote == "\"", !"\"\\$".contains(character) { current?.text.append("\\") }
                current = current ?? Word()
                current?.text.append(character)
                isEscaped = false
            } else if character == "\\", quote != "'" {
                current = current ?? Word()
                isEscaped = true
            } else if character == quote {
                quote = nil
            } else if quote == nil, character == "\"" || character == "'" {
                current = current ?? Word()
                quote = character
            } else if quote == nil, character.isBlank {
                if let word = current { result.append(word) }
                current = nil
            } else {
                current = current ?? Word()
                if character == "=", quote == nil { current?.markEquals() }
                current?.text.append(character)
            }
        }
        if quote != nil || isEscaped { return nil }
        if let current { result.append(current) }
        return result
    }
}

extension Character {
    fileprivate var isBlank: Bool { self == " " || self == "\t" }
}
