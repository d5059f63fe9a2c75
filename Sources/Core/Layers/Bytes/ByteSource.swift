/// A stream of bytes that is read once, front to back: a file, a pipe, a decompressor over another source.
///
/// The seam for compressions: a new one is a new source.
public protocol ByteSource: AnyObject {
    /// Fills `buffer`, which is not empty, from its start, and returns how many bytes it got; 0 at the end.
    ///
    /// - Throws: an ``Explained`` error.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int
}

extension ByteSource {
    /// Reads until `buffer` is full or the source ends, and returns how many bytes there were.
    package func fill(_ buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        var count = 0
        while count < buffer.count {
            let read = try read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
            if read == 0 { break }
            count += read
        }
        return count
    }

    /// Hands everything that there is to `body`, piece by piece; each is valid during the call only.
    package func forEachPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 4096)
        defer { buffer.deallocate() }
        while true {
            let count = try read(into: buffer)
            if count == 0 { return }
            try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }
}
