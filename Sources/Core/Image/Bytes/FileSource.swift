internal import Glibc

/// A source over a file or pipe (read(2)); the descriptor is borrowed and stays open.
final class FileSource: ByteSource {
    let descriptor: Int32

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        try systemCall("read") { Glibc.read(descriptor, buffer.baseAddress, buffer.count) }
    }
}
