extension String {
    /// The text with everything escaped that drives a terminal or hides in it, so that what somebody else has written
    /// (a name, a comment, a log) looks like what it is.
    package var printable: String {
        guard unicodeScalars.contains(where: \.isUnprintable) else { return self }
        var result = ""
        for scalar in unicodeScalars {
            result += scalar.isUnprintable ? scalar.escaped(asASCII: true) : String(scalar)
        }
        return result
    }
}

extension Unicode.Scalar {
    /// True for what moves the cursor, changes the terminal's state or the order of the letters, or cannot be seen.
    package var isUnprintable: Bool {
        switch value {
        // C0, delete and C1, ends of lines among them.
        case 0..<0x20, 0x7f..<0xa0: true
        // Marks and isolates of bidirectional text, which put letters where they are not (Unicode, annex 9).
        case 0x061c, 0x200e...0x200f, 0x202a...0x202e, 0x2066...0x2069: true
        // Separators of lines and paragraphs; what has no width; annotations and tags.
        case 0x2028...0x2029, 0x00ad, 0x180e, 0x200b...0x200d, 0x2060...0x2065, 0x206a...0x206f, 0xfeff,
            0xfff9...0xfffb, 0xe0000...0xe007f:
            true
        default: false
        }
    }
}

extension String {
    /// Bytes of a file name as text; what is not UTF-8 is replaced.
    package init(fileName bytes: some Collection<UInt8>) {
        self.init(decoding: bytes, as: UTF8.self)
    }
}
