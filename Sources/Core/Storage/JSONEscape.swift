/// What stands behind a backslash in a JSON string (RFC 8259, section 7).
package enum JSONEscape: Equatable {
    /// A character.
    case scalar(Unicode.Scalar)
    /// Half of a character that takes two of UTF-16, without the other half behind it.
    case half
    /// Nothing that JSON knows.
    case unknown

    /// Takes it from the bytes behind the backslash; of what is unknown, nothing certain is taken.
    package init(takenFrom bytes: inout ArraySlice<UInt8>) {
        switch bytes.popFirst() {
        case UInt8(ascii: "\""): self = .scalar("\"")
        case UInt8(ascii: "\\"): self = .scalar("\\")
        case UInt8(ascii: "/"): self = .scalar("/")
        case UInt8(ascii: "b"): self = .scalar("\u{8}")
        case UInt8(ascii: "f"): self = .scalar("\u{c}")
        case UInt8(ascii: "n"): self = .scalar("\n")
        case UInt8(ascii: "r"): self = .scalar("\r")
        case UInt8(ascii: "t"): self = .scalar("\t")
        case UInt8(ascii: "u"): self = Self.units(&bytes)
        default: self = .unknown
        }
    }

    private static func units(_ bytes: inout ArraySlice<UInt8>) -> JSONEscape {
        guard let first = unit(&bytes) else { return .unknown }
        if let scalar = Unicode.Scalar(first) { return .scalar(scalar) }
        guard first < 0xdc00, bytes.starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) else {
            return .half
        }
        var rest = bytes.dropFirst(2)
        guard let second = unit(&rest) else { return .unknown }
        guard (0xdc00..<0xe000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
        else { return .half }
        bytes = rest
        return .scalar(scalar)
    }

    private static func unit(_ bytes: inout ArraySlice<UInt8>) -> UInt32? {
        let digits = bytes.prefix(4)
        guard digits.count == 4 else { return nil }
        var value: UInt32 = 0
        for byte in digits {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
            value = value << 4 + UInt32(digit)
        }
        bytes.removeFirst(4)
        return value
    }
}
