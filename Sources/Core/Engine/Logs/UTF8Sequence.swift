/// What is UTF-8 and what is not, as Go's unicode/utf8 sees it.
enum UTF8Sequence {
    /// How many bytes a character takes that begins with `lead`, and which second bytes it may have (Unicode, table 3-7);
    /// nil if none begins so.
    @inline(__always)
    private static func shape(_ lead: UInt8) -> (count: Int, second: ClosedRange<UInt8>)? {
        switch lead {
        case 0xc2...0xdf: (2, 0x80...0xbf)
        case 0xe0: (3, 0xa0...0xbf)
        case 0xed: (3, 0x80...0x9f)
        case 0xe1...0xef: (3, 0x80...0xbf)
        case 0xf0: (4, 0x90...0xbf)
        case 0xf4: (4, 0x80...0x8f)
        case 0xf1...0xf3: (4, 0x80...0xbf)
        default: nil
        }
    }

    /// How many bytes the character at `place` takes, which is not ASCII; 0 if it is none.
    static func count(_ bytes: UnsafeRawBufferPointer, at place: Int) -> Int {
        guard let (count, second) = shape(bytes[place]), place + count <= bytes.count,
            second.contains(bytes[place + 1]),
            (place + 2..<max(place + count, place + 2)).allSatisfy({ bytes[$0] & 0xc0 == 0x80 })
        else { return 0 }
        return count
    }

    /// Where the beginning of a character that ends after `bytes` is; their end if there is none.
    static func beginningOfLast(_ bytes: UnsafeRawBufferPointer) -> Int {
        for place in stride(from: bytes.count - 1, through: max(0, bytes.count - 3), by: -1)
        where bytes[place] & 0xc0 != 0x80 {
            guard let (count, second) = shape(bytes[place]), place + count > bytes.count,
                place + 1 == bytes.count || second.contains(bytes[place + 1])
            else { break }
            return place
        }
        return bytes.count
    }
}
