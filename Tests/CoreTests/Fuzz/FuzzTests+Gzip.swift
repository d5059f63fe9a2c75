import Testing

@testable import Host
@testable import Layers

extension FuzzTests {
    private func unpack(_ bytes: [UInt8], piece: Int, buffer: Int) throws -> (
        content: [UInt8], error: String?
    ) {
        var content: [UInt8] = []
        let error = try FuzzFailure.explained {
            let source = try GzipSource(MemorySource(bytes, piece: piece))
            var room = [UInt8](repeating: 0, count: buffer)
            while content.count < 1 << 20 {
                let count = try room.withUnsafeMutableBytes { try source.read(into: $0) }
                try FuzzFailure.check((0...buffer).contains(count), "\(count) bytes into \(buffer)")
                if count == 0 { break }
                content += room[..<count]
            }
        }
        return (content, error?.explanation.problem)
    }

    @Test("gzip: the same in whatever pieces it comes and goes")
    func gzip() throws {
        let packed = try Corpus.files(".gz")
        try FuzzRun(target: "gzip", cases: 500, share: 8)() { random in
            var bytes = packed[Int.random(in: 0..<packed.count, using: &random)]
            for _ in 0..<Int.random(in: 0...4, using: &random) where !bytes.isEmpty {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<6, using: &random) {
                case 0: bytes.removeLast(bytes.count - index)
                case 1: bytes += packed[Int.random(in: 0..<packed.count, using: &random)]
                case 2: bytes += [UInt8](repeating: 0, count: index)
                case 3: bytes[index] = .random(in: 0...255, using: &random)
                case 4: bytes.removeSubrange(index..<min(index + 5, bytes.count))
                default: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                }
            }
            let whole = try unpack(bytes, piece: .max, buffer: 1 << 16)
            let piece = [1, 3, 100].randomElement(using: &random) ?? 1
            let buffer = [1, 2, 511, 4096].randomElement(using: &random) ?? 1
            let pieces = try unpack(bytes, piece: piece, buffer: buffer)
            // Before an error, less may have been handed out to a reader in large pieces.
            let isSame =
                whole.error == nil
                ? whole.content == pieces.content : pieces.content.starts(with: whole.content)
            try FuzzFailure.check(
                whole.error == pieces.error && isSame,
                "pieces of \(piece) into \(buffer): \(whole.error ?? "-"), \(pieces.error ?? "-")")
        }
    }
}
