/// Any JSON: what a document holds besides what this program knows.
package enum JSONValue: Codable, Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// A member's name.
    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    package init(from decoder: any Decoder) throws {
        if let members = try? decoder.container(keyedBy: Key.self) {
            self = .object(try Self.members(members, except: []))
        } else if var elements = try? decoder.unkeyedContainer() {
            var array: [JSONValue] = []
            while !elements.isAtEnd { array.append(try elements.decode(JSONValue.self)) }
            self = .array(array)
        } else {
            let single = try decoder.singleValueContainer()
            if single.decodeNil() {
                self = .null
            } else if let bool = try? single.decode(Bool.self) {
                self = .bool(bool)
            } else if let integer = try? single.decode(Int64.self) {
                self = .integer(integer)
            } else if let string = try? single.decode(String.self) {
                self = .string(string)
            } else {
                self = .number(try single.decode(Double.self))
            }
        }
    }

    package func encode(to encoder: any Encoder) throws {
        if case .object(let members) = self {
            // An empty object needs its container too.
            _ = encoder.container(keyedBy: Key.self)
            return try Self.encode(members, to: encoder)
        }
        if case .array(let elements) = self {
            var container = encoder.unkeyedContainer()
            return try elements.forEach { try container.encode($0) }
        }
        var single = encoder.singleValueContainer()
        switch self {
        case .bool(let value): try single.encode(value)
        case .integer(let value): try single.encode(value)
        case .number(let value): try single.encode(value)
        case .string(let value): try single.encode(value)
        case .null, .array, .object: try single.encodeNil()
        }
    }

    /// The members of the object that `decoder` stands at, without those called by the names in `known`.
    package static func members(of decoder: any Decoder, except known: [String]) throws -> [String: JSONValue]
    {
        try members(decoder.container(keyedBy: Key.self), except: known)
    }

    /// Adds members to the object that `encoder` writes.
    package static func encode(_ members: [String: JSONValue], to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        for (name, value) in members { try container.encode(value, forKey: Key(stringValue: name)) }
    }

    private static func members(
        _ container: KeyedDecodingContainer<Key>, except known: [String]
    ) throws -> [String: JSONValue] {
        var result: [String: JSONValue] = [:]
        for key in container.allKeys where !known.contains(key.stringValue) {
            result[key.stringValue] = try container.decode(JSONValue.self, forKey: key)
        }
        return result
    }
}
