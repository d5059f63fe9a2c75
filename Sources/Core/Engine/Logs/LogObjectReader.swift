/// Reads the JSON object on a line of a log: many of them, so it makes nothing of what nobody asks for.
struct LogObjectReader {
    /// What has not been read yet.
    var rest: ArraySlice<UInt8>

    init(rest: ArraySlice<UInt8>) {
        self.rest = rest
    }

    /// Takes this character after any space; false if something else is there.
    mutating func take(_ character: Unicode.Scalar) -> Bool {
        while let byte = rest.first, [0x20, 0x09, 0x0d].contains(byte) { rest.removeFirst() }
        guard rest.first == UInt8(truncatingIfNeeded: character.value) else { return false }
        rest.removeFirst()
        return true
    }

    /// A string's content; nil if there is none.
    mutating func string() -> [UInt8]? {
        guard take("\"") else { return nil }
        var text: [UInt8] = []
        text.reserveCapacity(min(rest.count, 256))
        while true {
            guard let end = rest.firstIndex(where: { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") })
            else { return nil }
            text += rest[..<end]
            let isEnd = rest[end] == UInt8(ascii: "\"")
            rest = rest[(end + 1)...]
            if isEnd { return text }
            guard let scalar = escape() else { return nil }
            text += Array(UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        }
    }

    /// Passes over one value of any kind; nesting costs nothing.
    mutating func skipValue() -> Bool {
        var depth = 0
        repeat {
            if take("{") || take("[") {
                depth += 1
            } else if take("}") || take("]") {
                depth -= 1
            } else if rest.first == UInt8(ascii: "\"") {
                guard string() != nil else { return false }
            } else if depth > 0, take(",") || take(":") {
                continue
            } else {
                let word = rest.prefix { !",:{}[]\" ".utf8.contains($0) }
                guard !word.isEmpty else { return false }
                rest = rest.dropFirst(word.count)
            }
        } while depth > 0
        return depth == 0
    }

    private mutating func escape() -> Unicode.Scalar? {
        switch rest.popFirst() {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): break
        default: return nil
        }
        guard let first = unit() else { return nil }
        if let scalar = Unicode.Scalar(first) { return scalar }
        // Half of a pair (RFC 8259, section 7); alone it is what Go makes of it.
        let before = rest
        guard first < 0xdc00, rest.starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) else {
            return "\u{fffd}"
        }
        rest = rest.dropFirst(2)
        guard let second = unit() else { return nil }
        if (0xdc00..<0xe000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
        {
            return scalar
        }
        rest = before
        return "\u{fffd}"
    }

    private mutating func unit() -> UInt32? {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = rest.popFirst(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                return nil
            }
            value = value << 4 + UInt32(digit)
        }
        return value
    }
}
