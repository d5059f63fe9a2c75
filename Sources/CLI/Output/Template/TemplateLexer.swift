internal import Core

/// Takes a template apart into words, as Go's text/template does.
struct TemplateLexer {
    private let text: [Unicode.Scalar]
    private var next = 0
    private var place = TemplatePlace()
    private var tokens: [TemplateToken] = []
    /// True if `\t` and `\n` outside of the braces stand for what they do in Go.
    private let escapes: Bool

    /// The words of a template, the last of which is the end.
    ///
    /// - Throws: ``TemplateError``.
    static func tokens(of text: String, escapes: Bool) throws(TemplateError) -> [TemplateToken] {
        var lexer = TemplateLexer(text: Array(text.unicodeScalars), escapes: escapes)
        try lexer.readAll()
        return lexer.tokens
    }

    private init(text: [Unicode.Scalar], escapes: Bool) {
        self.text = text
        self.escapes = escapes
    }

    private mutating func readAll() throws(TemplateError) {
        var trimsNext = false
        while true {
            let start = next
            let from = place
            while next < text.count, !starts(with: "{{") { advance() }
            var outside = String(String.UnicodeScalarView(text[start..<next]))
            if escapes {
                outside = outside.split(separator: "\\t", omittingEmptySubsequences: false).joined(
                    separator: "\t"
                )
                .split(separator: "\\n", omittingEmptySubsequences: false).joined(separator: "\n")
            }
            if trimsNext { outside = outside.trimmed(fromEnd: false) }
            let isAtEnd = next == text.count
            if starts(with: "{{-"), next + 3 < text.count, text[next + 3].isTemplateSpace {
                outside = outside.trimmed(fromEnd: true)
            }
            if !outside.isEmpty { add(.text(outside), from, outside) }
            if isAtEnd { return add(.end, place, "") }
            trimsNext = try readAction()
        }
    }

    /// Reads from `{{` to `}}`; true if that trims what follows.
    private mutating func readAction() throws(TemplateError) -> Bool {
        let from = place
        let trims = starts(with: "{{-") && next + 3 < text.count && text[next + 3].isTemplateSpace
        advance(trims ? 3 : 2)
        let start = next
        while next < text.count, text[next].isTemplateSpace { advance() }
        if starts(with: "/*") {
            while next < text.count, !starts(with: "*/") { advance() }
            advance(2)
            let isApart = next < text.count && text[next].isTemplateSpace
            while next < text.count, text[next].isTemplateSpace { advance() }
            if isApart, starts(with: "-}}") {
                advance(3)
                return true
            }
            guard starts(with: "}}") else { throw failure(from, "a comment without an end") }
            advance(2)
            return false
        }
        add(.open, from, "{{")
        var isApart = next > start
        while true {
            if isApart, starts(with: "-}}") {
                add(.close, place, "-}}")
                advance(3)
                return true
            }
            if starts(with: "}}") {
                add(.close, place, "}}")
                advance(2)
                return false
            }
            guard next < text.count else { throw failure(from, "an action without an end: there is no }}") }
            if text[next].isTemplateSpace {
                advance()
                isApart = true
                continue
            }
            try readWord(isApart: isApart)
            isApart = false
        }
    }

    private mutating func readWord(isApart: Bool) throws(TemplateError) {
        let (start, from) = (next, place)
        let kind: TemplateToken.Kind
        switch text[next] {
        case "\"", "`", "'": kind = .constant(try readQuoted())
        case "|", "(", ")", ",", "=":
            kind = .sign(String(text[next]))
            advance()
        case ":":
            advance(starts(with: ":=") ? 2 : 1)
            guard next - start == 2 else { throw failure(from, "a colon without =") }
            kind = .sign(":=")
        case ".":
            if next + 1 < text.count, text[next + 1].isDigit {
                kind = .constant(try readNumber())
            } else {
                advance()
                let name = readName()
                kind = name.isEmpty ? .sign(".") : .field(name)
            }
        case "$":
            advance()
            kind = .variable(readName())
        case let character where character.isDigit || character == "+" || character == "-":
            kind = .constant(try readNumber())
        case let character where character.isTemplateLetter: kind = .name(readName())
        default: throw failure(from, "a character that means nothing here")
        }
        let word = String(String.UnicodeScalarView(text[start..<min(next, text.count)]))
        tokens.append(TemplateToken(kind: kind, place: from, isApart: isApart, text: word))
    }

    private mutating func readName() -> String {
        let start = next
        while next < text.count, text[next].isTemplateLetter || text[next].isDigit { advance() }
        return String(String.UnicodeScalarView(text[start..<next]))
    }

    private mutating func readNumber() throws(TemplateError) -> JSONValue {
        let (start, from) = (next, place)
        advance()
        while next < text.count,
            text[next].isTemplateLetter || text[next].isDigit || text[next] == "."
                || "+-".unicodeScalars.contains(text[next]) && "eE".unicodeScalars.contains(text[next - 1])
        {
            advance()
        }
        let word = String(String.UnicodeScalarView(text[start..<next]))
        if let integer = Int64(word) { return .integer(integer) }
        if word.hasPrefix("0x") || word.hasPrefix("0X"), let integer = Int64(word.dropFirst(2), radix: 16) {
            return .integer(integer)
        }
        guard let number = Double(word.hasPrefix(".") ? "0" + word : word), number.isFinite else {
            throw failure(from, "no number")
        }
        return .number(number)
    }

    private mutating func readQuoted() throws(TemplateError) -> JSONValue {
        let (quote, from) = (text[next], place)
        advance()
        var content = String.UnicodeScalarView()
        while next < text.count, text[next] != quote {
            guard text[next] != "\n" || quote == "`" else { break }
            if text[next] == "\\", quote != "`" {
                guard let scalar = readEscape(quote) else { throw failure(from, "an unknown escape") }
                content.append(scalar)
            } else {
                content.append(text[next])
                advance()
            }
        }
        guard next < text.count, text[next] == quote else {
            throw failure(from, "a quoted text without an end")
        }
        advance()
        guard quote == "'" else { return .string(String(content)) }
        guard content.count == 1, let scalar = content.first else { throw failure(from, "not one character") }
        return .integer(Int64(scalar.value))
    }

    private mutating func readEscape(_ quote: Unicode.Scalar) -> Unicode.Scalar? {
        advance()
        guard next < text.count else { return nil }
        let letter = text[next]
        advance()
        let plain: [Unicode.Scalar: Unicode.Scalar] = [
            "a": "\u{7}", "b": "\u{8}", "f": "\u{c}", "n": "\n", "r": "\r", "t": "\t", "v": "\u{b}",
            "\\": "\\",
        ]
        if let scalar = plain[letter] { return scalar }
        if letter == quote { return quote }
        guard let count = ["x": 2, "u": 4, "U": 8][letter], next + count <= text.count else { return nil }
        let digits = String(String.UnicodeScalarView(text[next..<next + count]))
        advance(count)
        return UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init)
    }

    private func starts(with word: String) -> Bool { text[next...].starts(with: word.unicodeScalars) }

    private mutating func advance(_ count: Int = 1) {
        for _ in 0..<count where next < text.count {
            place =
                text[next] == "\n"
                ? TemplatePlace(line: place.line + 1)
                : TemplatePlace(
                    line: place.line, column: place.column + 1)
            next += 1
        }
    }

    private mutating func add(_ kind: TemplateToken.Kind, _ place: TemplatePlace, _ word: String) {
        tokens.append(TemplateToken(kind: kind, place: place, isApart: true, text: word))
    }

    private func failure(_ from: TemplatePlace, _ reason: String) -> TemplateError {
        let line = text.split(separator: "\n", omittingEmptySubsequences: false)[from.line - 1]
        return TemplateError(
            place: from,
            subject: String(String.UnicodeScalarView(line.dropFirst(from.column - 1).prefix(20))),
            reason: reason)
    }
}

extension Unicode.Scalar {
    fileprivate var isTemplateSpace: Bool { self == " " || self == "\t" || self == "\r" || self == "\n" }
    fileprivate var isDigit: Bool { ("0"..."9").contains(self) }
    fileprivate var isTemplateLetter: Bool { self == "_" || properties.isAlphabetic }
}

extension String {
    fileprivate func trimmed(fromEnd isEnd: Bool) -> String {
        var scalars = unicodeScalars[...]
        while let scalar = isEnd ? scalars.last : scalars.first, scalar.isTemplateSpace {
            if isEnd { scalars.removeLast() } else { scalars.removeFirst() }
        }
        return String(scalars)
    }
}
