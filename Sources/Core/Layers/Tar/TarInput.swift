/// A buffered source that hands out blocks and knows where it is.
final class TarInput {
    /// How many bytes have been handed out: the offset for messages.
    private(set) var offset: Int64 = 0

    private let source: any ByteSource
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 4096)
    private var start = 0
    private var end = 0

    init(_ source: any ByteSource) {
        self.source = source
    }

    deinit {
        buffer.deallocate()
    }

    /// The next bytes, as many as there are at hand but not more than `limit`; valid until the next call.
    func take(upTo limit: Int64) throws -> UnsafeRawBufferPointer {
        if start == end {
            start = 0
            end = try source.read(into: buffer)
            if end == 0 { throw ImageError.truncatedArchive(offset: offset) }
        }
        return advance(by: Int(min(Int64(end - start), limit)))
    }

    /// The next block, valid until the next call; nil if the source ends right here.
    func block() throws -> UnsafeRawBufferPointer? {
        if end - start < TarHeader.size {
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[start..<end]))
            end -= start
            start = 0
            while end < TarHeader.size {
                let count = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[end...]))
                if count == 0 {
                    if end == 0 { return nil }
                    throw ImageError.truncatedArchive(offset: offset + Int64(end))
                }
                end += count
            }
        }
        return advance(by: TarHeader.size)
    }

    /// `count` bytes and the padding up to the next block; the caller has made sure that `count` is sane, and
    /// memory is taken only for what is really there.
    func bytes(_ count: Int64) throws -> [UInt8] {
        var result: [UInt8] = []
        while Int64(result.count) < count {
            result += try take(upTo: count - Int64(result.count))
        }
        try skip(Self.padding(after: count))
        return result
    }

    /// Drops `count` bytes.
    func skip(_ count: Int64) throws {
        var left = count
        while left > 0 { left -= Int64(try take(upTo: left).count) }
    }

    /// Drops what pads content to the next block; a source may end there.
    func skipPadding(_ count: Int64) throws {
        var left = count
        while left > 0 {
            if start == end {
                (start, end) = (0, try source.read(into: buffer))
                if end == 0 { return }
            }
            left -= Int64(advance(by: Int(min(Int64(end - start), left))).count)
        }
    }

    /// Drops everything up to the end of the source.
    ///
    /// - Returns: false if there is more than `limit` bytes.
    func drain(upTo limit: Int64) throws -> Bool {
        var dropped = Int64(end - start)
        start = 0
        end = 0
        while dropped <= limit {
            let count = try source.read(into: buffer)
            if count == 0 { break }
            dropped += Int64(count)
        }
        offset += dropped
        return dropped <= limit
    }

    /// How many bytes follow content of this length up to the next block.
    static func padding(after count: Int64) -> Int64 {
        let rest = count % Int64(TarHeader.size)
        return rest == 0 ? 0 : Int64(TarHeader.size) - rest
    }

    private func advance(by count: Int) -> UnsafeRawBufferPointer {
        defer {
            start += count
            offset += Int64(count)
        }
        return UnsafeRawBufferPointer(rebasing: buffer[start..<(start + count)])
    }
}
