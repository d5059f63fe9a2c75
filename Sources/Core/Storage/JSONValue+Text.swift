internal import Host

extension JSONValue {
    /// Why bytes are no JSON: what was found, and where.
    package struct Malformed: Error, Equatable {
        package let reason: String
    }

    /// The deepest nesting that is read.
    static let deepest = 32

    /// The value that `bytes` are the text of (RFC 8259), and nothing else; of several members of one name the last one.
    package init(parsing bytes: [UInt8]) throws(Malformed) {
        var parser = Parser(bytes: bytes[...])
        self = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.bytes.isEmpty else { throw parser.failure("more than one value") }
    }

    /// The value as JSON on one line, members in the order of their names.
    package var text: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .string(let value): Self.quoted(value)
        case .array(let elements): "[" + elements.map(\.text).joined(by: ",") + "]"
        case .object(let members):
            "{"
                + members.sorted { $0.key < $1.key }.map { Self.quoted($0.key) + ":" + $0.value.text }
                .joined(by: ",") + "}"
        }
    }

    /// A JSON string (RFC 8259, section 7), with nothing escaped but what has to be.
    package static func quoted(_ text: String) -> String {
        var bytes = [UInt8(ascii: "\"")]
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0..<0x20:
                let digits = String(byte, radix: 16)
                bytes += Array(("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Reads one value after the other.
private struct Parser {
    var bytes: ArraySlice<UInt8>

    func failure(_ reason: String) -> JSONValue.Malformed {
        JSONValue.Malformed(reason: "\(reason) at byte \(bytes.startIndex)")
    }

    mutating func skipSpace() {
        while let byte = bytes.first, [0x20, 0x09, 0x0a, 0x0d].contains(byte) { bytes.removeFirst() }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard bytes.first == byte else { return false }
        bytes.removeFirst()
        return true
    }

    private mutating func take(word: StaticString) -> Bool {
        let isThere = word.withUTF8Buffer { bytes.starts(with: $0) }
        if isThere { bytes.removeFirst(word.utf8CodeUnitCount) }
        return isThere
    }

    mutating func value(depth: Int) throws(JSONValue.Malformed) -> JSONValue {
        guard depth <= JSONValue.deepest else { throw failure("nested too deeply") }
        skipSpace()
        switch bytes.first {
        case UInt8(ascii: "{"): return .object(try members(depth))
        case UInt8(ascii: "["): return .array(try elements(depth))
        case UInt8(ascii: "\""): return .string(try string())
        default: break
        }
        if take(word: "true") { return .bool(true) }
        if take(word: "false") { return .bool(false) }
        if take(word: "null") { return .null }
        return try number()
    }

    private mutating func members(_ depth: Int) throws(JSONValue.Malformed) -> [String: JSONValue] {
        bytes.removeFirst()
        var result: [String: JSONValue] = [:]
        if take(UInt8(ascii: "}")) { return result }
        repeat {
            skipSpace()
            let name = try string()
            guard take(UInt8(ascii: ":")) else { throw failure("no colon after a name") }
            result[name] = try value(depth: depth + 1)
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw failure("an object without an end") }
        return result
    }

    private mutating func elements(_ depth: Int) throws(JSONValue.Malformed) -> [JSONValue] {
        bytes.removeFirst()
        var result: [JSONValue] = []
        if take(UInt8(ascii: "]")) { return result }
        repeat { result.append(try value(depth: depth + 1)) } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw failure("an array without an end") }
        return result
    }

    private mutating func string() throws(JSONValue.Malformed) -> String {
        guard bytes.first == UInt8(ascii: "\"") else { throw failure("no value") }
        bytes.removeFirst()
        var text: [UInt8] = []
        while let byte = bytes.popFirst() {
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw failure("a string that is not UTF-8")
                }
                return string
            case UInt8(ascii: "\\"): text += Array(String(try escape()).utf8)
            case 0..<0x20: throw failure("a control character in a string")
            default: text.append(byte)
            }
        }
        throw failure("a string without an end")
    }

    private mutating func escape() throws(JSONValue.Malformed) -> Unicode.Scalar {
        switch JSONEscape(takenFrom: &bytes) {
        case .scalar(let scalar): return scalar
        case .half: throw failure("half of a character")
        case .unknown: throw failure("an unknown escape")
        }
    }

    private mutating func number() throws(JSONValue.Malformed) -> JSONValue {
        let digits = bytes.prefix { "0123456789+-.eE".utf8.contains($0) }
        let text = String(decoding: digits, as: UTF8.self)
        guard let first = digits.first, first != UInt8(ascii: "+"), first != UInt8(ascii: "."),
            digits.count <= 100
        else { throw failure("no value") }
        bytes.removeFirst(digits.count)
        if let integer = Int64(text) { return .integer(integer) }
        guard let number = Double(text), number.isFinite else { throw failure("no number") }
        return .number(number)
    }
}
