/// One 512-byte header block, decoded field by field; what the fields mean together is ``TarReader``'s.
///
/// Layout: POSIX.1-2017 pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format".
struct TarHeader {
    static let size = 512

    var name: [UInt8]
    var linkName: [UInt8]
    var typeFlag: UInt8
    var mode: Int64
    var owner: Int64
    var group: Int64
    var size: Int64
    var modified: Int64
    var deviceMajor: Int64
    var deviceMinor: Int64
    /// The block itself: old GNU sparse maps lie in fields of their own.
    let block: [UInt8]

    /// Why a block is no header.
    struct Malformed: Error {
        let reason: String
    }

    init(_ bytes: UnsafeRawBufferPointer) throws(Malformed) {
        let block = Array(bytes)
        self.block = block
        guard Self.hasValidChecksum(block) else { throw Malformed(reason: "a header's checksum is wrong") }
        typeFlag = block[156]
        name = Self.text(block[0..<100])
        linkName = Self.text(block[157..<257])
        mode = try Self.number(block[100..<108], "mode")
        owner = try Self.number(block[108..<116], "owner")
        group = try Self.number(block[116..<124], "group")
        size = try Self.number(block[124..<136], "size")
        modified = try Self.number(block[136..<148], "time")
        deviceMajor = 0
        deviceMinor = 0
        guard block[257..<262].elementsEqual("ustar".utf8) else { return }
        if typeFlag == UInt8(ascii: "3") || typeFlag == UInt8(ascii: "4") {
            deviceMajor = try Self.number(block[329..<337], "device")
            deviceMinor = try Self.number(block[337..<345], "device")
        }
        // GNU's own format ("ustar  ") keeps other things where POSIX has the prefix.
        guard block[262] == 0 else { return }
        let isStar = block[508..<512].elementsEqual("tar\0".utf8)
        let prefix = Self.text(block[345..<(isStar ? 476 : 500)])
        if !prefix.isEmpty { name = prefix + [UInt8(ascii: "/")] + name }
    }

    /// The sum of all bytes with the checksum field as spaces; some old programs added signed bytes.
    private static func hasValidChecksum(_ block: [UInt8]) -> Bool {
        guard let expected = try? number(block[148..<156], "checksum") else { return false }
        var unsigned: Int64 = 8 * 32
        var signed: Int64 = 8 * 32
        for index in 0..<size where !(148..<156).contains(index) {
            unsigned += Int64(block[index])
            signed += Int64(Int8(bitPattern: block[index]))
        }
        return expected == unsigned || expected == signed
    }

    /// A text field: ends at the first NUL.
    static func text(_ field: ArraySlice<UInt8>) -> [UInt8] {
        Array(field.prefix { $0 != 0 })
    }

    /// A number field: octal digits, or base 256 (GNU, star) if the top bit is set.
    static func number(_ field: ArraySlice<UInt8>, _ name: String) throws(Malformed) -> Int64 {
        guard let first = field.first else { return 0 }
        if first & 0x80 != 0 { return try base256(field, name) }
        let isPadding = { (byte: UInt8) in byte == 0 || byte == UInt8(ascii: " ") }
        var digits = field.drop(while: isPadding)
        while let last = digits.last, isPadding(last) { digits.removeLast() }
        var value: Int64 = 0
        // Twelve octal digits fit 64 bits: no overflow to check.
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(digit) else {
                throw Malformed(reason: "a header's \(name) is no number")
            }
            value = value << 3 | Int64(digit - UInt8(ascii: "0"))
        }
        return value
    }

    /// Big-endian two's complement in all bits but the topmost.
    private static func base256(_ field: ArraySlice<UInt8>, _ name: String) throws(Malformed) -> Int64 {
        guard let first = field.first else { return 0 }
        let isNegative = first & 0x40 != 0
        var value: Int64 = isNegative ? -1 : 0
        for (index, byte) in field.enumerated() {
            let bits = index == 0 ? (isNegative ? byte : byte & 0x7f) : byte
            let (shifted, overflow) = value.multipliedReportingOverflow(by: 256)
            if overflow { throw Malformed(reason: "a header's \(name) is too large") }
            value = shifted | Int64(bits)
        }
        return value
    }
}
