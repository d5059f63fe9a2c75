internal import Core
internal import FoundationEssentials

/// What Go makes of a value: its truth, its form in a text.
extension JSONValue {
    /// The members of what a value encodes.
    ///
    /// - Throws: `EncodingError`, ``JSONValue/Malformed``.
    init(encoding value: some Encodable) throws {
        self = try JSONValue(parsing: Array(JSONEncoder().encode(value)))
    }

    /// False for what is empty or zero.
    var isTrue: Bool {
        switch self {
        case .null: false
        case .bool(let value): value
        case .integer(let value): value != 0
        case .number(let value): value != 0
        case .string(let value): !value.isEmpty
        case .array(let elements): !elements.isEmpty
        case .object(let members): !members.isEmpty
        }
    }

    /// The form of `%v`.
    var plainText: String {
        switch self {
        case .null: "<nil>"
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): Self.text(value)
        case .string(let value): value
        case .array(let elements): "[" + elements.map(\.plainText).joined(separator: " ") + "]"
        case .object(let members):
            "map["
                + members.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value.plainText)" }
                .joined(separator: " ") + "]"
        }
    }

    /// What Go calls its type.
    var typeName: String {
        switch self {
        case .null: "nil"
        case .bool: "bool"
        case .integer: "int"
        case .number: "float64"
        case .string: "string"
        case .array: "[]interface {}"
        case .object: "map[string]interface {}"
        }
    }

    /// The shortest form of a number, with an exponent where there are many zeros (strconv's 'g').
    private static func text(_ value: Double) -> String {
        let parts = "\(value.magnitude)".split(separator: "e")
        let number = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let digits = number.joined()
        var significant = digits.drop { $0 == "0" }
        while significant.last == "0" { significant.removeLast() }
        guard !significant.isEmpty else { return "0" }
        // Of the first digit that counts.
        let zeros = digits.count - digits.drop { $0 == "0" }.count
        let exponent = number[0].count - 1 - zeros + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
        let sign = value < 0 ? "-" : ""
        guard exponent < -4 || exponent >= 6 else {
            return sign + plain(significant, exponent)
        }
        let size = exponent.magnitude
        return sign + significant.prefix(1) + (significant.count > 1 ? "." + significant.dropFirst() : "")
            + (exponent < 0 ? "e-" : "e+") + (size < 10 ? "0" : "") + "\(size)"
    }

    private static func plain(_ digits: Substring, _ exponent: Int) -> String {
        if exponent < 0 { return "0." + String(repeating: "0", count: -exponent - 1) + digits }
        let missing = exponent + 1 - digits.count
        if missing >= 0 { return digits + String(repeating: "0", count: missing) }
        return digits.prefix(exponent + 1) + "." + digits.dropFirst(exponent + 1)
    }
}
