internal import CZlib

/// The decompressed content of a gzip stream (RFC 1952), all of its members one after the other.
///
/// Memory is bounded: one buffer, whatever the stream expands to. As gzip(1) does, it takes zero padding after
/// the last member; anything else there is an error.
package final class GzipSource: ByteSource {
    private let source: any ByteSource
    private let input: UnsafeMutableRawBufferPointer
    private let stream: UnsafeMutablePointer<z_stream>
    private var state = State.betweenMembers(first: true)
    /// True if zlib may hold output back because the last buffer was full.
    private var mayHoldOutput = false

    private enum State {
        case betweenMembers(first: Bool)
        case inMember
        case padding
    }

    package init(_ source: any ByteSource) throws {
        self.source = source
        input = .allocate(byteCount: 1 << 17, alignment: 64)
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15 is zlib's largest window, and 16 more asks for the gzip format (zlib.h, inflateInit2).
        let result = inflateInit2_(stream, MAX_WBITS + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard result == Z_OK else {
            throw ImageError.malformedCompression(reason: "zlib cannot start (\(result))")
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
        input.deallocate()
    }

    package func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let capacity = min(buffer.count, Int(UInt32.max))
        stream.pointee.next_out = buffer.bindMemory(to: UInt8.self).baseAddress
        stream.pointee.avail_out = UInt32(capacity)
        while stream.pointee.avail_out == UInt32(capacity) {
            if stream.pointee.avail_in == 0, !mayHoldOutput, try refill() == false {
                switch state {
                case .betweenMembers(first: false), .padding: return 0
                case .betweenMembers, .inMember:
                    throw ImageError.malformedCompression(reason: "the gzip stream is cut off")
                }
            }
            try step()
            mayHoldOutput = stream.pointee.avail_out == 0
        }
        return capacity - Int(stream.pointee.avail_out)
    }

    /// Gets more input; false at the end of the source.
    private func refill() throws -> Bool {
        let count = try source.read(into: input)
        stream.pointee.next_in = input.bindMemory(to: UInt8.self).baseAddress
        stream.pointee.avail_in = UInt32(count)
        return count > 0
    }

    private func step() throws {
        switch state {
        case .betweenMembers(let first):
            guard stream.pointee.avail_in > 0 else { return }
            if !first, stream.pointee.next_in.pointee == 0 {
                state = .padding
            } else {
                inflateReset(stream)
                state = .inMember
            }
        case .inMember:
            switch inflate(stream, Z_NO_FLUSH) {
            case Z_OK, Z_BUF_ERROR: break
            case Z_STREAM_END: state = .betweenMembers(first: false)
            case let code:
                let reason = stream.pointee.msg.map { String(cString: $0) } ?? "zlib error \(code)"
                throw ImageError.malformedCompression(reason: "the gzip stream is damaged (\(reason))")
            }
        case .padding:
            guard stream.pointee.avail_in > 0 else { return }
            guard stream.pointee.next_in.pointee == 0 else {
                throw ImageError.malformedCompression(reason: "garbage after the gzip stream")
            }
            stream.pointee.next_in += 1
            stream.pointee.avail_in -= 1
        }
    }
}
