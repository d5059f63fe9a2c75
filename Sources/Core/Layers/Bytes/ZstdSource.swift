internal import CZstd

/// The decompressed content of a zstd stream (RFC 8878), all of its frames one after the other.
///
/// Memory is bounded by two buffers and the window that a frame asks for, which is refused above
/// ``maximumWindowLog``. Checksums are verified where frames have them. Dictionaries are not supported.
final class ZstdSource: ByteSource {
    /// The binary logarithm of the largest window: 128 MiB, what zstd(1) takes unless told otherwise.
    static let maximumWindowLog: Int32 = 27

    private let source: any ByteSource
    private let input: UnsafeMutableRawBufferPointer
    private let stream: OpaquePointer
    private var pending = ZSTD_inBuffer()
    /// What the last step of the decoder returned: 0 between frames (zstd.h, ZSTD_decompressStream).
    private var hint = 0
    private var isFirst = true
    /// True if the decoder may hold output back because the last buffer was full.
    private var mayHoldOutput = false

    init(_ source: any ByteSource) throws {
        guard let stream = ZSTD_createDCtx() else {
            throw ImageError.malformedCompression(reason: "zstd cannot start: no memory")
        }
        self.stream = stream
        self.source = source
        input = .allocate(byteCount: 1 << 17, alignment: 64)
        try Self.check(ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, Self.maximumWindowLog))
    }

    deinit {
        ZSTD_freeDCtx(stream)
        input.deallocate()
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        var output = ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
        while output.pos == 0 {
            if pending.pos == pending.size, !mayHoldOutput, try refill() == false {
                guard !isFirst, hint == 0 else {
                    throw ImageError.malformedCompression(reason: "the zstd stream is cut off")
                }
                return 0
            }
            isFirst = false
            hint = try Self.check(ZSTD_decompressStream(stream, &output, &pending))
            // Between frames it holds nothing, and would take another call for the start of the next one.
            mayHoldOutput = output.pos == output.size && hint != 0
        }
        return output.pos
    }

    /// Gets more input; false at the end of the source.
    private func refill() throws -> Bool {
        let count = try source.read(into: input)
        pending = ZSTD_inBuffer(src: input.baseAddress, size: count, pos: 0)
        return count > 0
    }

    @discardableResult
    private static func check(_ result: Int) throws(ImageError) -> Int {
        if ZSTD_isError(result) == 0 { return result }
        let reason = ZSTD_getErrorName(result).map { String(cString: $0) } ?? "error \(result)"
        throw .malformedCompression(reason: "the zstd stream is damaged or not supported (\(reason))")
    }
}
