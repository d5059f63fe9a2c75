import Glibc
import Testing

@testable import Host
@testable import Layers

@Suite("Two threads and the bytes between them")
struct BytePumpTests {
    private struct Failure: Error, Equatable { var word: String }

    @Test("All bytes come out, in their order, whatever the pieces", arguments: [1, 511, 1 << 18, 3_000_001])
    func order(piece: Int) throws {
        let count = 6_000_001
        let seen = try BytePump.run { output in
            var next = 0
            while next < count {
                let bytes = (next..<min(next + piece * 7, count)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
                try bytes.withUnsafeBytes { try output.write($0) }
                next += bytes.count
            }
        } _: { source in
            var position = 0
            var buffer = [UInt8](repeating: 0, count: 70_001)
            while case let read = try buffer.withUnsafeMutableBytes({ try source.read(into: $0) }), read > 0 {
                for byte in buffer[..<read] {
                    guard byte == UInt8(truncatingIfNeeded: position &* 31) else { return -position }
                    position += 1
                }
            }
            return position
        }
        #expect(seen == count)
    }

    @Test("What the reader leaves is still made")
    func rest() throws {
        nonisolated(unsafe) var written = 0
        try BytePump.run { output in
            let piece = [UInt8](repeating: 1, count: 1 << 20)
            for _ in 0..<20 {
                try piece.withUnsafeBytes { try output.write($0) }
                written += 1
            }
        } _: { _ in
        }
        #expect(written == 20)
    }

    @Test("A failure of the writer comes after all that it wrote")
    func writerFails() throws {
        var read = 0
        #expect(throws: Failure(word: "writer")) {
            try BytePump.run { output in
                try [1, 2, 3].withUnsafeBytes { try output.write($0) }
                throw Failure(word: "writer")
            } _: { source in
                var buffer = [UInt8](repeating: 0, count: 100)
                while case let count = try buffer.withUnsafeMutableBytes({ try source.read(into: $0) }),
                    count > 0
                {
                    read += count
                }
            }
        }
        #expect(read == 3 * MemoryLayout<Int>.size)
    }

    @Test("A failure of the reader does not wait for a pipe that never ends")
    func readerFails() throws {
        // Nothing is ever written to it.
        let pipe = try DescriptorPair.pipe()
        let silent = try FileSource(copying: pipe.first.rawValue)
        #expect(throws: Failure(word: "reader")) {
            try BytePump.readingAhead(of: silent) { _ in throw Failure(word: "reader") }
        }
    }

    @Test("A writer whose reader has failed ends, and lets go of what it had")
    func abandoned() throws {
        let pipe = try DescriptorPair.pipe()
        // The writer's alone: its end is seen at the other one.
        var word: FileSource? = try FileSource(copying: pipe.second.rawValue)
        let other = pipe.onlyFirst()
        try expectFailure(&word)
        var byte: UInt8 = 0
        #expect(read(other.rawValue, &byte, 1) == 0)
    }

    @Test("A chain of them whose last reader has failed ends too, wherever each of them is")
    func chain() throws {
        for round in 0..<300 {
            #expect(throws: Failure(word: "reader")) {
                try BytePump.readingAhead(of: Endless(of: 7)) { first in
                    try BytePump.readingAhead(of: first) { second in
                        var buffer = [UInt8](repeating: 0, count: 1 << 16)
                        for _ in 0..<round % 97 {
                            let count = try buffer.withUnsafeMutableBytes { try second.read(into: $0) }
                            #expect(buffer[..<count].allSatisfy { $0 == 7 })
                        }
                        throw Failure(word: "reader")
                    }
                }
            }
        }
    }

    private func expectFailure(_ word: inout FileSource?) throws {
        nonisolated(unsafe) let owned = word
        word = nil
        #expect(throws: Failure(word: "reader")) {
            try BytePump.run { output in
                try withExtendedLifetime(owned) {
                    let piece = [UInt8](repeating: 1, count: 1 << 20)
                    while true { try piece.withUnsafeBytes { try output.write($0) } }
                }
            } _: { _ in
                throw Failure(word: "reader")
            }
        }
    }
}
