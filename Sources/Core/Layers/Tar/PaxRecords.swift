/// The records of a pax extended header: "LENGTH KEY=VALUE\n", LENGTH counting the whole record in bytes.
struct PaxRecords {
    /// All records in their order, since sparse maps repeat their keys.
    ///
    /// The last of a key counts.
    private(set) var records: [(key: String, value: ArraySlice<UInt8>)] = []

    /// What is wrong with a header.
    struct Malformed: Error {
        let reason: String
    }

    init() {}

    init(_ bytes: [UInt8]) throws(Malformed) {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let space = rest.prefix(20).firstIndex(of: UInt8(ascii: " ")),
                let length = Int(String(decoding: rest[..<space], as: UTF8.self)),
                length > space - rest.startIndex + 1, length <= rest.count
            else { throw Malformed(reason: "a pax record's length is wrong") }
            let end = rest.startIndex + length
            guard rest[end - 1] == UInt8(ascii: "\n") else {
                throw Malformed(reason: "a pax record has no end")
            }
            let record = rest[(space + 1)..<(end - 1)]
            guard let equals = record.firstIndex(of: UInt8(ascii: "=")), equals > record.startIndex else {
                throw Malformed(reason: "a pax record has no key")
            }
            let key = String(decoding: record[..<equals], as: UTF8.self)
            records.append((key, record[(equals + 1)...]))
            rest = rest[end...]
        }
    }

    /// The value of a key; an empty one means "as if it were not there" (POSIX).
    subscript(key: String) -> ArraySlice<UInt8>? {
        guard let value = records.last(where: { $0.key == key })?.value, !value.isEmpty else { return nil }
        return value
    }

    /// A decimal number.
    func number(_ key: String) throws(Malformed) -> Int64? {
        guard let value = self[key] else { return nil }
        guard let number = Int64(String(decoding: value, as: UTF8.self)) else {
            throw Malformed(reason: "the pax record \(key) is no number")
        }
        return number
    }

    /// Puts `later` on top of these records.
    mutating func merge(_ later: PaxRecords) {
        if later.records.isEmpty { return }
        records += later.records
        var seen: Set<String> = []
        records = records.reversed().filter { seen.insert($0.key).inserted }.reversed()
    }

    /// The bytes that all records take at least in their written form.
    var size: Int { records.reduce(0) { $0 + $1.key.utf8.count + $1.value.count + "9 =\n".utf8.count } }

    /// One record in its written form.
    static func encode(_ key: String, _ value: some Collection<UInt8>) -> [UInt8] {
        let body = Array(" \(key)=".utf8) + value + [UInt8(ascii: "\n")]
        // The length counts its own digits: try until they agree.
        var length = body.count + 1
        while String(length).utf8.count + body.count != length { length += 1 }
        return Array(String(length).utf8) + body
    }
}
