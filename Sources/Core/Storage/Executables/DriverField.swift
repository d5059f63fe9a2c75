internal import Host
internal import SystemPackage

/// A value in a driver's answer, and where it is: "plan[2].target".
///
/// The answer is anybody's: a value is what is asked for, or the error says which one is not.
struct DriverField {
    /// Nil if there is none; what is `null` counts as that.
    let value: JSONValue?
    let name: String

    /// What is wrong with a field.
    struct Wrong: Error, Equatable {
        let field: String
        let reason: String
    }

    init(_ value: JSONValue?, _ name: String) {
        self.value = value == .null ? nil : value
        self.name = name
    }

    func wrong(_ reason: String) -> Wrong { Wrong(field: name, reason: reason) }

    /// The field itself, if it is there.
    var ifPresent: DriverField? { value == nil ? nil : self }

    private func typed<Value>(_ type: String, _ value: Value?) throws(Wrong) -> Value {
        if self.value == nil { throw wrong("is missing") }
        guard let value else { throw wrong("is not \(type)") }
        return value
    }

    func string() throws(Wrong) -> String {
        var text: String?
        if case .string(let value) = value { text = value }
        let string = try typed("a string", text)
        guard !string.utf8.contains(0) else { throw wrong("contains a null character") }
        return string
    }

    /// A string of one line that a user can read.
    func sentence() throws(Wrong) -> String {
        let text = try string()
        guard !text.isEmpty, text.utf8.count <= 1000 else { throw wrong("is not 1 to 1000 bytes long") }
        return text.printable
    }

    func bool() throws(Wrong) -> Bool {
        var result: Bool?
        if case .bool(let value) = value { result = value }
        return try typed("true or false", result)
    }

    func count() throws(Wrong) -> Int {
        var result: Int?
        if case .integer(let value) = value { result = Int(value) }
        let count = try typed("a whole number", result)
        guard count >= 0 else { throw wrong("is negative") }
        return count
    }

    func elements() throws(Wrong) -> [DriverField] {
        var result: [JSONValue]?
        if case .array(let value) = value { result = value }
        return try typed("a list", result).enumerated().map { DriverField($1, "\(name)[\($0)]") }
    }

    /// Member access is by ``subscript(_:)`` after this.
    func object() throws(Wrong) -> DriverObject {
        var result: [String: JSONValue]?
        if case .object(let value) = value { result = value }
        return DriverObject(members: try typed("an object", result), name: name)
    }

    /// One of the words of an enumeration.
    func word<Word: RawRepresentable & CaseIterable>(_ type: Word.Type) throws(Wrong) -> Word
    where Word.RawValue == String {
        let text = try string()
        guard let word = Word(rawValue: text) else {
            throw wrong("is none of \(Word.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return word
    }

    /// An absolute path without anything in it that leads back.
    func path() throws(Wrong) -> FilePath {
        let text = try string()
        let path = FilePath(text)
        guard path.isAbsolute else { throw wrong("is not an absolute path") }
        guard path == path.lexicallyNormalized(), path.string == text else {
            throw wrong("is not a plain path: no \"..\", no \".\", no \"//\"")
        }
        return path
    }
}

/// An object in a driver's answer.
struct DriverObject {
    let members: [String: JSONValue]
    let name: String

    subscript(_ member: String) -> DriverField {
        DriverField(members[member], name.isEmpty ? member : "\(name).\(member)")
    }
}
