internal import Core

/// What functions make of their arguments.
extension TemplateFunction {
    static func string(_ value: JSONValue) throws(Problem) -> String {
        guard case .string(let text) = value else { throw Problem("expected string, got \(value.typeName)") }
        return text
    }

    static func width(_ value: JSONValue) throws(Problem) -> Int {
        guard case .integer(let number) = value, (0...Int64(widest)).contains(number) else {
            throw Problem("expected a number from 0 to \(widest), got \(value.plainText)")
        }
        return Int(number)
    }

    /// What an object or a list has at a place; nothing where an object has no such member.
    static func element(of value: JSONValue, _ key: JSONValue) throws(Problem) -> JSONValue {
        switch (value, key) {
        case (.object(let members), .string(let name)):
            if let member = members[name] { return member }
            // Go knows what would be in the map: labels and the like are texts.
            return members.values.allSatisfy { if case .string = $0 { true } else { false } }
                ? .string("") : .null
        case (.array(let elements), .integer(let index)):
            guard elements.indices.contains(Int(index)) else { throw Problem("index out of range: \(index)") }
            return elements[Int(index)]
        case (.string(let text), .integer(let index)):
            let bytes = Array(text.utf8)
            guard bytes.indices.contains(Int(index)) else { throw Problem("index out of range: \(index)") }
            return .integer(Int64(bytes[Int(index)]))
        case (.null, _): throw Problem("index of untyped nil")
        default: throw Problem("cannot index \(value.typeName) with type \(key.typeName)")
        }
    }

    static func slice(_ values: [JSONValue]) throws(Problem) -> JSONValue {
        let count: Int
        switch values[0] {
        case .string(let text): count = text.utf8.count
        case .array(let elements): count = elements.count
        default: throw Problem("slice of type \(values[0].typeName)")
        }
        let from = values.count > 1 ? try width(values[1]) : 0
        let to = values.count > 2 ? try width(values[2]) : count
        guard from <= to, to <= count else { throw Problem("index out of range: \(from):\(to)") }
        if case .array(let elements) = values[0] { return .array(Array(elements[from..<to])) }
        return .string(String(decoding: Array(values[0].plainText.utf8)[from..<to], as: UTF8.self))
    }

    /// As fmt.Sprint: spaces between two of which neither is a text.
    static func printed(_ values: [JSONValue]) -> String {
        var result = ""
        var wasText = true
        for value in values {
            let isText = if case .string = value { true } else { false }
            if !wasText, !isText { result += " " }
            result += value.plainText
            wasText = isText
        }
        return result
    }

    static func equal(_ one: JSONValue, _ other: JSONValue) throws(Problem) -> Bool {
        switch (one, other) {
        case (.integer(let one), .number(let other)): return Double(one) == other
        case (.number(let one), .integer(let other)): return one == Double(other)
        case (.array, _), (.object, _), (_, .array), (_, .object):
            throw Problem("non-comparable type \(one.typeName)")
        case (.null, _), (_, .null): return one == other
        default:
            guard one.typeName == other.typeName else { throw Problem("incompatible types for comparison") }
            return one == other
        }
    }

    static func less(_ one: JSONValue, _ other: JSONValue) throws(Problem) -> Bool {
        switch (one, other) {
        case (.integer(let one), .integer(let other)): return one < other
        case (.number(let one), .number(let other)): return one < other
        case (.integer(let one), .number(let other)): return Double(one) < other
        case (.number(let one), .integer(let other)): return one < Double(other)
        case (.string(let one), .string(let other)): return one.utf8.lexicographicallyPrecedes(other.utf8)
        default: throw Problem("incompatible types for comparison")
        }
    }
}

extension String {
    /// As Go's strings.Split: by nothing, into characters.
    func split(by separator: String) -> [String] {
        if separator.isEmpty { return unicodeScalars.map { String($0) } }
        let (bytes, mark) = (Array(utf8), Array(separator.utf8))
        var (parts, start, place) = ([String](), 0, 0)
        while place + mark.count <= bytes.count {
            if bytes[place..<place + mark.count].elementsEqual(mark) {
                parts.append(String(decoding: bytes[start..<place], as: UTF8.self))
                place += mark.count
                start = place
            } else {
                place += 1
            }
        }
        return parts + [String(decoding: bytes[start...], as: UTF8.self)]
    }

    /// As Go's strings.Title: the first letter of each word as a capital.
    var titled: String {
        var result = ""
        var before: Character = " "
        for character in self {
            let begins = !before.isLetter && !before.isNumber && before != "_"
            result += begins ? character.uppercased() : String(character)
            before = character
        }
        return result
    }
}
