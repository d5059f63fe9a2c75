/// How a stream is compressed, as its first bytes tell.
package enum Compression: Equatable, Sendable {
    case plain
    case gzip
    case zstd

    /// As many bytes as it takes to tell: those of a tar archive's first header.
    private static let headLength = 512
    /// Where such a header has its own magic number: its file's name may begin like that of a compression.
    private static let tarMagic = (offset: 257, bytes: Array("ustar".utf8))

    /// What this program reads, and by which numbers it is known: RFC 1952; RFC 8878, "Zstandard Frames".
    private static let readable: [(magic: [UInt8], compression: Compression)] = [
        ([0x1f, 0x8b], .gzip), ([0x28, 0xb5, 0x2f, 0xfd], .zstd),
    ]

    /// What it does not read, but can name.
    private static let unreadable: [(magic: [UInt8], name: String)] = [
        ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], "xz"), (Array("BZh".utf8), "bzip2"),
        ([0x04, 0x22, 0x4d, 0x18], "lz4"), (Array("PK\u{3}\u{4}".utf8), "zip"),
    ]

    /// The compression of a stream that starts with `head`.
    ///
    /// - Throws: ``ImageError/unsupportedCompression(_:)`` for one that is known and cannot be read.
    init(head: [UInt8]) throws(ImageError) {
        if head.dropFirst(Self.tarMagic.offset).starts(with: Self.tarMagic.bytes) {
            self = .plain
            return
        }
        for (magic, name) in Self.unreadable where head.starts(with: magic) {
            throw .unsupportedCompression(name)
        }
        // A zstd stream may begin with a skippable frame, whose sixteen magic numbers differ in four bits.
        let isSkippable = head.count >= 4 && head[0] & 0xf0 == 0x50 && head[1..<4] == [0x2a, 0x4d, 0x18]
        self =
            isSkippable
            ? .zstd : Self.readable.first { head.starts(with: $0.magic) }?.compression ?? .plain
    }

    /// The uncompressed content of `source`, which is compressed so.
    func open(_ source: any ByteSource) throws -> any ByteSource {
        switch self {
        case .plain: source
        case .gzip: try GzipSource(source)
        case .zstd: try ZstdSource(source)
        }
    }

    /// The uncompressed content of `source`, whatever it is compressed with, and what that is.
    ///
    /// - Throws: ``ImageError/unsupportedCompression(_:)``, or what the source throws.
    package static func sniff(_ source: any ByteSource) throws -> (
        content: any ByteSource, compression: Compression
    ) {
        let peeked = try PeekedSource(source, count: headLength)
        let compression = try Compression(head: peeked.head)
        return (try compression.open(peeked), compression)
    }
}
