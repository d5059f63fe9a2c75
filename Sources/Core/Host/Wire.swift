/// Values as bytes: integers of eight bytes, little-endian; everything of variable size after its count.
package struct WireWriter {
    package private(set) var bytes: [UInt8] = []

    package init(bytes: [UInt8] = []) {
        self.bytes = bytes
    }

    package mutating func put(_ value: Int) {
        withUnsafeBytes(of: Int64(value).littleEndian) { bytes.append(contentsOf: $0) }
    }

    package mutating func put(_ value: Bool) {
        bytes.append(value ? 1 : 0)
    }

    package mutating func put(_ value: [UInt8]) {
        put(value.count)
        bytes.append(contentsOf: value)
    }

    package mutating func put(_ value: String) {
        put(Array(value.utf8))
    }

    @inlinable
    package mutating func put<Element>(_ values: [Element], each put: (inout WireWriter, Element) -> Void) {
        self.put(values.count)
        for value in values { put(&self, value) }
    }

    @inlinable
    package mutating func put<Value>(optional value: Value?, _ put: (inout WireWriter, Value) -> Void) {
        self.put(value != nil)
        if let value { put(&self, value) }
    }
}

/// Reads what ``WireWriter`` wrote; every count is checked against the bytes that are there.
package struct WireReader {
    private var rest: ArraySlice<UInt8>

    /// What is thrown for bytes that no ``WireWriter`` wrote.
    package struct Malformed: Error {
        package init() {}
    }

    package init(_ bytes: [UInt8]) {
        rest = bytes[...]
    }

    /// How many bytes are left.
    package var remaining: Int { rest.count }

    package var isAtEnd: Bool { rest.isEmpty }

    package mutating func int() throws(Malformed) -> Int {
        let bytes = try take(8)
        return Int(Int64(littleEndian: bytes.withUnsafeBytes { $0.loadUnaligned(as: Int64.self) }))
    }

    package mutating func bool() throws(Malformed) -> Bool {
        switch try take(1).first {
        case 0: false
        case 1: true
        default: throw Malformed()
        }
    }

    package mutating func data() throws(Malformed) -> [UInt8] {
        Array(try take(try int()))
    }

    package mutating func string() throws(Malformed) -> String {
        String(decoding: try take(try int()), as: UTF8.self)
    }

    @inlinable
    package mutating func array<Element>(
        _ element: (inout WireReader) throws(Malformed) -> Element
    ) throws(Malformed) -> [Element] {
        let count = try int()
        // Every element takes at least one byte, so a hostile count cannot reserve memory.
        guard count >= 0 && count <= remaining else { throw Malformed() }
        var values: [Element] = []
        for _ in 0..<count { values.append(try element(&self)) }
        return values
    }

    @inlinable
    package mutating func optional<Value>(
        _ value: (inout WireReader) throws(Malformed) -> Value
    ) throws(Malformed) -> Value? {
        try bool() ? try value(&self) : nil
    }

    private mutating func take(_ count: Int) throws(Malformed) -> ArraySlice<UInt8> {
        guard count >= 0 && count <= rest.count else { throw Malformed() }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }
}
