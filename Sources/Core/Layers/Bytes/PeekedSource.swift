/// A source whose first bytes can be looked at before it is read: a pipe cannot be rewound.
final class PeekedSource: ByteSource {
    /// The first bytes, fewer than asked for only if there are no more.
    let head: [UInt8]
    private var unread: ArraySlice<UInt8>
    private let source: any ByteSource

    init(_ source: any ByteSource, count: Int) throws {
        var bytes = [UInt8](repeating: 0, count: count)
        let read = try bytes.withUnsafeMutableBytes { try source.fill($0) }
        head = Array(bytes[..<read])
        unread = head[...]
        self.source = source
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        if unread.isEmpty { return try source.read(into: buffer) }
        let count = min(unread.count, buffer.count)
        buffer.copyBytes(from: unread.prefix(count))
        unread = unread.dropFirst(count)
        return count
    }
}
