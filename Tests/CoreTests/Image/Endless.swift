@testable import Layers

/// Gives as many bytes of one value as anybody wants.
final class Endless: ByteSource {
    private let byte: UInt8

    init(of byte: UInt8) {
        self.byte = byte
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        buffer.initializeMemory(as: UInt8.self, repeating: byte)
        return buffer.count
    }
}
