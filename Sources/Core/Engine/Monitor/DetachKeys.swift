internal import Runtime

/// Looks for the keys in what is typed that end an attachment.
///
/// What may be their beginning is kept back until it is known.
struct DetachKeys {
    private let keys: [UInt8]
    private var seen = 0

    init(_ keys: [UInt8]) {
        self.keys = keys
    }

    /// The keys that a user writes: letters, or "ctrl-" and a letter or one of @[\]^_, with commas between them; empty for none.
    ///
    /// - Throws: ``RunError/invalidOption(option:value:reason:)``.
    static func parse(_ text: String) throws -> [UInt8] {
        if text.isEmpty { return [] }
        return try text.split(separator: ",", omittingEmptySubsequences: false).map { word in
            if word.utf8.count == 1, let byte = word.utf8.first { return byte }
            if word.hasPrefix("ctrl-"), word.utf8.count == 6, let byte = word.utf8.last,
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "@")...UInt8(ascii: "_")).contains(byte)
            {
                return byte & 0x1F
            }
            throw RunError.invalidOption(
                option: "--detach-keys", value: text,
                reason: "not letters or ctrl-LETTER with commas between them")
        }
    }

    /// - Returns: what is to be passed on, and whether the keys have come.
    mutating func filter(_ bytes: [UInt8]) -> (passed: [UInt8], isDetached: Bool) {
        if keys.isEmpty { return (bytes, false) }
        var passed: [UInt8] = []
        for byte in bytes {
            if byte == keys[seen] {
                seen += 1
                if seen == keys.count { return (passed, true) }
                continue
            }
            passed += keys[..<seen]
            seen = byte == keys[0] ? 1 : 0
            if seen == 0 { passed.append(byte) } else if keys.count == 1 { return (passed, true) }
        }
        return (passed, false)
    }
}
