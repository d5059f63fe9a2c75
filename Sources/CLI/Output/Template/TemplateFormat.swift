internal import Core
internal import Glibc

/// A format of Go's fmt.Sprintf, as far as it makes sense for texts, numbers and lists.
struct TemplateFormat {
    private var rest: Substring

    init(_ format: String) {
        rest = format[...]
    }

    /// `%-10.3s`.
    fileprivate struct Verb {
        var flags: Set<Character> = []
        var width = 0
        var precision: Int?
        var letter: Character = "v"
    }

    /// The text with the values in it; what does not fit is said in it, as Go does.
    func filled(_ values: some Collection<JSONValue>) -> String {
        var format = self
        var result = ""
        var values = Array(values)[...]
        while let character = format.rest.popFirst() {
            guard character == "%" else {
                result.append(character)
                continue
            }
            guard let verb = format.verb() else {
                result += "%!(NOVERB)"
                break
            }
            if verb.letter == "%" {
                result += "%"
            } else if let value = values.popFirst() {
                result += verb.padded(verb.text(value))
            } else {
                result += "%!\(verb.letter)(MISSING)"
            }
        }
        if !values.isEmpty {
            result +=
                "%!(EXTRA " + values.map { "\($0.typeName)=\($0.plainText)" }.joined(separator: ", ") + ")"
        }
        return result
    }

    private mutating func verb() -> Verb? {
        var verb = Verb()
        while let flag = rest.first, "-+ 0#".contains(flag) {
            verb.flags.insert(flag)
            rest.removeFirst()
        }
        verb.width = number() ?? 0
        if rest.first == "." {
            rest.removeFirst()
            verb.precision = number() ?? 0
        }
        guard let letter = rest.popFirst() else { return nil }
        verb.letter = letter
        return verb
    }

    private mutating func number() -> Int? {
        let digits = rest.prefix { ("0"..."9").contains($0) }
        rest = rest.dropFirst(digits.count)
        return digits.isEmpty ? nil : min(Int(digits) ?? .max, TemplateFunction.widest)
    }
}

extension TemplateFormat.Verb {
    fileprivate func text(_ value: JSONValue) -> String {
        switch (letter, value) {
        case ("v", _), ("d", .integer), ("t", .bool): return signed(value.plainText, value)
        case ("s", .string(let text)): return precision.map { String(text.prefix($0)) } ?? text
        case ("s", .array(let elements)):
            return "[" + elements.map(text).joined(separator: " ") + "]"
        case ("q", .string(let text)): return JSONValue.quoted(text)
        case ("q", .array(let elements)):
            return "[" + elements.map(text).joined(separator: " ") + "]"
        case ("T", _): return value.typeName
        case ("x", .integer(let number)), ("X", .integer(let number)), ("o", .integer(let number)),
            ("b", .integer(let number)):
            let radix = ["x": 16, "X": 16, "o": 8, "b": 2][letter] ?? 10
            return String(number, radix: radix, uppercase: letter == "X")
        case ("x", .string(let text)), ("X", .string(let text)):
            return text.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: letter == "X") }
                .joined()
        case ("c", .integer(let number)):
            return UInt32(exactly: number).flatMap(Unicode.Scalar.init).map { String($0) } ?? "\u{fffd}"
        case ("f", .number(let number)), ("F", .number(let number)):
            return signed(fixed(number, min(precision ?? 6, 300)), value)
        case ("g", .number): return signed(value.plainText, value)
        default: return "%!\(letter)(\(value.typeName)=\(value.plainText))"
        }
    }

    /// A number with a sign, if one was asked for.
    private func signed(_ text: String, _ value: JSONValue) -> String {
        switch value {
        case .integer, .number: flags.contains("+") && !text.hasPrefix("-") ? "+" + text : text
        default: text
        }
    }

    fileprivate func padded(_ text: String) -> String {
        let missing = width - text.count
        guard missing > 0 else { return text }
        if flags.contains("-") { return text + String(repeating: " ", count: missing) }
        guard flags.contains("0"), let first = text.first else {
            return String(repeating: " ", count: missing) + text
        }
        let zeros = String(repeating: "0", count: missing)
        return first == "-" || first == "+" ? String(first) + zeros + text.dropFirst() : zeros + text
    }

    /// A number with so many digits behind the point, as the C library has it.
    private func fixed(_ number: Double, _ digits: Int) -> String {
        var buffer = [CChar](repeating: 0, count: 700)
        let size = buffer.count
        let count = withVaList([Int32(digits), number]) { vsnprintf(&buffer, size, "%.*f", $0) }
        return String(
            decoding: buffer.prefix(max(0, min(Int(count), size - 1))).map(UInt8.init(bitPattern:)),
            as: UTF8.self)
    }
}
