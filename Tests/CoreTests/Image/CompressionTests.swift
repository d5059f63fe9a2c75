import Glibc
import SystemPackage
import Testing

@testable import Engine
@testable import Host
@testable import Layers

@Suite("Compressed streams")
struct CompressionTests {
    private let directory: TemporaryDirectory
    /// Larger than every buffer, and neither all the same nor random.
    private let content: [UInt8] = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 ^ ($0 >> 7)) }

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// `bytes` as this program packs them.
    private func packed(_ bytes: [UInt8], by tool: String, _ options: String...) throws -> [UInt8] {
        let file = try directory.file("content", bytes)
        let output = directory.path.appending("packed")
        let line = "\(tool) \(options.joined(separator: " ")) < \(file) > \(output)"
        try run(program: "/bin/sh", ["-c", line])
        return try contents(output)
    }

    private func unpacked(_ bytes: [UInt8], piece: Int = 1 << 20, buffer: Int = 50_000) throws -> [UInt8] {
        let source = try Compression.sniff(MemorySource(bytes, piece: piece)).content
        var result: [UInt8] = []
        var part = [UInt8](repeating: 0, count: buffer)
        while true {
            let count = try part.withUnsafeMutableBytes { try source.read(into: $0) }
            if count == 0 { return result }
            result += part[..<count]
        }
    }

    @Test(
        "What the tools pack comes back, whatever the pieces", .needs("zstd"),
        arguments: ["zstd -q", "zstd -q --no-check", "zstd -q -19 --long=27", "gzip -n", "cat"])
    func roundTrip(tool: String) throws {
        let bytes = try packed(content, by: tool)
        for (piece, buffer) in [(1 << 20, 1 << 20), (1000, 70_000), (7, 13)] {
            #expect(try unpacked(bytes, piece: piece, buffer: buffer) == content)
        }
        #expect(try unpacked(packed([], by: tool)) == [])
    }

    @Test("Several members or frames are one stream", .needs("zstd"), arguments: ["zstd -q", "gzip -n"])
    func concatenated(tool: String) throws {
        let (first, second) = (Array(content[..<65536]), Array(content[65536...]))
        let bytes = try packed(first, by: tool) + packed([], by: tool) + packed(second, by: tool)
        for buffer in [1, 4096, 65536, 1 << 20] where buffer > 1 || tool == "gzip -n" {
            #expect(try unpacked(bytes, buffer: buffer) == content)
        }
    }

    @Test("Skippable frames are skipped, also the first", .needs("zstd"))
    func skippable() throws {
        let frame: [UInt8] = [0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]
        let bytes = try packed(content, by: "zstd -q")
        #expect(try unpacked(frame + bytes + frame) == content)
    }

    @Test(
        "A stream that is cut off, anywhere, is an error", .needs("zstd"), arguments: ["zstd -q", "gzip -n"])
    func truncated(tool: String) throws {
        let bytes = try packed(Array(content[..<3000]), by: tool)
        for count in 4..<bytes.count {
            #expect(throws: ImageError.self, "\(count)") { try unpacked(Array(bytes[..<count])) }
        }
    }

    @Test("Damage and garbage at the end are errors", .needs("zstd"), arguments: ["zstd -q", "gzip -n"])
    func damaged(tool: String) throws {
        var bytes = try packed(Array(content[..<3000]), by: tool)
        #expect(throws: ImageError.self) { try unpacked(bytes + Array("garbage".utf8)) }
        bytes[bytes.count / 2] ^= 0x10
        #expect(throws: ImageError.self) { try unpacked(bytes) }
    }

    @Test("A window above the limit is refused before memory is taken for it", .needs("zstd"))
    func window() throws {
        // A stream of unknown length, so that the window is as large as it is asked for.
        let bytes = try packed(content, by: "zstd -q --ultra --long=31")
        #expect(throws: ImageError.self) { try unpacked(bytes) }
    }

    @Test(
        "A thousand million zeros of a few bytes take no memory", .needs("zstd"),
        arguments: ["zstd -q", "gzip -n"])
    func bomb(tool: String) throws {
        let output = directory.path.appending("bomb")
        try run(program: "/bin/sh", ["-c", "head -c 1000000000 /dev/zero | \(tool) -1 > \(output)"])
        let file = try Descriptor(output, O_RDONLY)
        let source = try Compression.sniff(FileSource(file.rawValue)).content
        var part = [UInt8](repeating: 1, count: 1 << 20)
        var total = 0
        while true {
            let count = try part.withUnsafeMutableBytes { try source.read(into: $0) }
            if count == 0 { break }
            total += count
        }
        #expect(total == 1_000_000_000)
        #expect(part.allSatisfy { $0 == 0 })
    }

    @Test(
        "Other compressions are named",
        arguments: [
            ("xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), ("bzip2", Array("BZh91AY".utf8)),
            ("lz4", [4, 0x22, 0x4d, 0x18, 0, 0]), ("zip", Array("PK\u{3}\u{4}zip".utf8)),
        ])
    func others(name: String, head: [UInt8]) throws {
        #expect(throws: ImageError.unsupportedCompression(name)) { try unpacked(head) }
    }
}
