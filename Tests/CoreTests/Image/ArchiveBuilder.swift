@testable import Layers
@testable import Tree

/// Makes archives in memory, hostile ones too.
struct ArchiveBuilder {
    private(set) var bytes: [UInt8] = []

    static func make(_ build: (inout ArchiveBuilder) throws -> Void) rethrows -> [UInt8] {
        var builder = ArchiveBuilder()
        try build(&builder)
        return builder.bytes + [UInt8](repeating: 0, count: 1024)
    }

    mutating func add(
        _ path: String, _ kind: TarEntry.Kind, mode: UInt32 = 0o755, modified: TarTime = TarTime(seconds: 1),
        attributes: [ExtendedAttribute] = []
    ) throws {
        var entry = TarEntry(path: Array(path.utf8), kind: kind, mode: mode, modified: modified)
        entry.attributes = attributes
        var written: [UInt8] = []
        try TarWriter { written += $0 }.write(entry)
        bytes += written
    }

    mutating func directory(_ path: String) throws { try add(path, .directory) }

    mutating func symlink(_ path: String, to target: String) throws {
        try add(path, .symbolicLink(target: Array(target.utf8)))
    }

    mutating func hardLink(_ path: String, to target: String) throws {
        try add(path, .hardLink(target: Array(target.utf8)))
    }

    mutating func file(_ path: String, _ text: String = "", attributes: [ExtendedAttribute] = []) throws {
        let kind = TarEntry.Kind.file(size: Int64(text.utf8.count), segments: nil)
        try add(path, kind, mode: 0o644, attributes: attributes)
        data(Array(text.utf8))
    }

    /// Data and its padding.
    mutating func data(_ content: [UInt8]) {
        bytes += content
        bytes += [UInt8](repeating: 0, count: Int(TarInput.padding(after: Int64(content.count))))
    }

    /// A header with any type and size, whatever follows.
    mutating func raw(_ name: String, type: Character, size: Int64) throws {
        let start = bytes.count
        try add(name, .file(size: size, segments: nil))
        patch(start) { $0[156] = type.asciiValue ?? 0 }
    }

    /// Changes the header block at `start` and sets its checksum again.
    mutating func patch(_ start: Int, _ change: (inout [UInt8]) -> Void) {
        var block = Array(bytes[start..<(start + 512)])
        change(&block)
        bytes.replaceSubrange(start..<(start + 512), with: block)
        bytes.withUnsafeMutableBufferPointer { Self.sign($0, at: start) }
    }

    /// Any bytes as they are.
    mutating func append(_ raw: [UInt8]) { bytes += raw }

    /// Sets the checksum of the header block at `start`.
    static func sign(_ bytes: UnsafeMutableBufferPointer<UInt8>, at start: Int) {
        for index in 148..<156 { bytes[start + index] = UInt8(ascii: " ") }
        let sum = String((0..<512).reduce(0) { $0 + Int(bytes[start + $1]) }, radix: 8)
        for (index, digit) in sum.utf8.enumerated() { bytes[start + 148 + index] = digit }
    }
}

/// A source over bytes in memory, handed out in small pieces.
final class MemorySource: ByteSource {
    private var rest: ArraySlice<UInt8>
    private let piece: Int

    init(_ bytes: [UInt8], piece: Int = 4096) {
        rest = bytes[...]
        self.piece = piece
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(piece, buffer.count, rest.count)
        buffer.copyBytes(from: rest.prefix(count))
        rest = rest.dropFirst(count)
        return count
    }
}

/// All entries of an archive.
func entries(_ bytes: [UInt8], piece: Int = 4096) throws -> [TarEntry] {
    let reader = TarReader(MemorySource(bytes, piece: piece))
    var result: [TarEntry] = []
    while let entry = try reader.next() { result.append(entry) }
    return result
}
