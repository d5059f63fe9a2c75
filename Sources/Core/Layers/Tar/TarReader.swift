/// Reads a tar archive, front to back, from a source that nobody trusts.
///
/// It understands ustar, pax (names, sizes, owners, times, `SCHILY.xattr.`, sparse files 0.0, 0.1 and 1.0), GNU
/// (long names, base-256 numbers, sparse files) and what came before ustar. Everything else, such as volume
/// labels, multi-volume and incremental archives, is an error and never guessed at.
///
/// Memory is bounded by what the stream really holds, and by ``maximumExtension`` for any one header, whatever
/// sizes the headers claim. Names are *not* checked for `..` and the like: that is the unpacker's.
///
/// Use: ``next()``, then at most once ``content(_:)``, and so on until `next()` returns nil. Not thread-safe.
public final class TarReader {
    /// The largest pax header that is read, and the largest sparse map.
    public static let maximumExtension: Int64 = 1 << 20
    /// The most that global pax headers may add up to: every later entry looks through them, so that a large one
    /// would make a small archive take hours.
    static let maximumGlobals = 1 << 14
    /// The longest name or link target that is read: PATH_MAX, since no system call takes a longer one.
    public static let maximumName = 4095

    /// Whether an archive has to end with the two zero blocks that the format asks for.
    public enum EndMarker: Sendable {
        /// A source that ends without them is cut off.
        case required
        /// A source may be empty, and end after any entry, padded or not: for content whose digest is checked anyway.
        case optional
    }

    let input: TarInput
    private let endMarker: EndMarker
    private var globals = PaxRecords()
    /// The data segments of the current entry that were not read yet, and what pads them.
    private var pending: [TarEntry.Segment] = []
    private var pendingPadding: Int64 = 0
    private var atEnd = false
    private var isFirst = true
    private var hasEntries = false
    /// How much may follow an archive without entries: an endless source of zeros is no archive.
    private static let longestEmpty: Int64 = 1 << 20

    /// A reader at the start of `source`.
    public init(_ source: any ByteSource, endMarker: EndMarker = .required) {
        input = TarInput(source)
        self.endMarker = endMarker
    }

    /// The next entry, or nil at the end of the archive.
    ///
    /// Content that was not read is skipped.
    ///
    /// - Throws: ``ImageError``, or what the source throws.
    public func next() throws -> TarEntry? {
        if atEnd { return nil }
        for segment in pending { try input.skip(segment.length) }
        try skipPadding()
        pending = []

        var extended = TarExtensions()
        while let header = try nextHeader() {
            switch header.typeFlag {
            case UInt8(ascii: "x"): extended.records = try records(header)
            case UInt8(ascii: "g"):
                try globals.merge(records(header))
                guard globals.size <= Self.maximumGlobals else {
                    throw malformed("the global pax headers are too large")
                }
            case UInt8(ascii: "L"): extended.name = try longName(header)
            case UInt8(ascii: "K"): extended.linkName = try longName(header)
            default: return try entry(header, extended)
            }
        }
        if extended.isUsed { throw ImageError.truncatedArchive(offset: input.offset) }
        return nil
    }

    /// Hands the current entry's data to `body`, piece by piece.
    ///
    /// `body` gets where the piece belongs in the file, and the bytes, valid during the call only. Holes of sparse files are left out.
    ///
    /// - Throws: ``ImageError``, or what the source or `body` throws.
    public func content(_ body: (_ offset: Int64, _ bytes: UnsafeRawBufferPointer) throws -> Void) throws {
        let segments = pending
        pending = []
        for segment in segments {
            var done: Int64 = 0
            while done < segment.length {
                let piece = try input.take(upTo: segment.length - done)
                try body(segment.offset + done, piece)
                done += Int64(piece.count)
            }
        }
        try skipPadding()
    }

    private func skipPadding() throws {
        switch endMarker {
        case .required: try input.skip(pendingPadding)
        case .optional: try input.skipPadding(pendingPadding)
        }
        pendingPadding = 0
    }

    /// Reads on to the end of the source: what follows the archive counts for its digest.
    ///
    /// - Throws: ``ImageError/malformedArchive(reason:offset:)`` if much follows and nothing came before.
    public func drain() throws {
        guard try input.drain(upTo: hasEntries ? .max : Self.longestEmpty) else {
            throw malformed("it has no entries, and no end")
        }
    }

    func malformed(_ reason: String) -> ImageError {
        .malformedArchive(reason: reason, offset: input.offset)
    }

    /// Runs a parser whose errors do not know where they happened.
    func located<Result>(_ body: () throws -> Result) throws -> Result {
        do { return try body() } catch let error as TarHeader.Malformed {
            throw malformed(error.reason)
        } catch let error as PaxRecords.Malformed {
            throw malformed(error.reason)
        }
    }

    /// The next header block; nil at the end of the archive.
    private func nextHeader() throws -> TarHeader? {
        let first = isFirst
        isFirst = false
        guard let block = try input.block() else {
            atEnd = true
            if endMarker == .required {
                if first { throw malformed("it is empty") }
                throw ImageError.truncatedArchive(offset: input.offset)
            }
            return nil
        }
        if block.allSatisfy({ $0 == 0 }) {
            // One zero block and then nothing is an end as well (GNU tar only warns); anything else is not.
            atEnd = true
            if let second = try input.block(), !second.allSatisfy({ $0 == 0 }) {
                throw malformed("a lone zero block")
            }
            return nil
        }
        return try located { try TarHeader(block) }
    }

    private func records(_ header: TarHeader) throws -> PaxRecords {
        guard (0...Self.maximumExtension).contains(header.size) else {
            throw malformed("a pax header of \(header.size) bytes (the limit is \(Self.maximumExtension))")
        }
        return try located { try PaxRecords(input.bytes(header.size)) }
    }

    private func longName(_ header: TarHeader) throws -> [UInt8] {
        guard (0...Int64(Self.maximumName) + 1).contains(header.size) else {
            throw malformed("a name of \(header.size) bytes (the limit is \(Self.maximumName))")
        }
        return TarHeader.text(try input.bytes(header.size)[...])
    }

    private func entry(_ header: TarHeader, _ extended: TarExtensions) throws -> TarEntry {
        hasEntries = true
        return try located {
            var entry = try extended.entry(header, globals: globals)
            guard case .file(var size, _) = entry.kind else { return entry }
            guard size >= 0, size <= .max - 1024 else { throw malformed("a size of \(size)") }
            pendingPadding = TarInput.padding(after: size)
            if let map = try sparseMap(header, extended.records, archived: &size) {
                entry.kind = .file(size: map.realSize, segments: map.segments)
                pending = map.segments
            } else {
                pending = [TarEntry.Segment(offset: 0, length: size)]
            }
            return entry
        }
    }
}
