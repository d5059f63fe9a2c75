internal import Storage

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
            let scalar: Unicode.Scalar
            switch JSONEscape(takenFrom: &rest) {
            case .scalar(let whole): scalar = whole
            // What Go makes of it.
            case .half: scalar = "\u{fffd}"
            case .unknown: return nil
            }
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
}
