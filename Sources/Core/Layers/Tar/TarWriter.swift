internal import Tree

/// Writes a pax archive whose bytes depend on nothing but the entries: no user names, no access times, records
/// in a fixed order and only where the plain header cannot say it.
package final class TarWriter {
    private let sink: (UnsafeRawBufferPointer) throws -> Void
    /// Whose a file becomes in the archive that is somebody's; nil to leave it so.
    package var owners: ((_ user: UInt32, _ group: UInt32) -> (user: UInt32, group: UInt32))?
    private static let zeros = [UInt8](repeating: 0, count: 2 * TarHeader.size)

    /// A writer that hands what it writes to `sink`, in order.
    package init(_ sink: @escaping (UnsafeRawBufferPointer) throws -> Void) {
        self.sink = sink
    }

    /// Writes the headers of `entry`; for a file, exactly the data of its segments, or of all of it, has to
    /// follow by ``write(data:)`` and ``endData(_:)``.
    package func write(_ entry: TarEntry) throws {
        var entry = entry
        if let owners { (entry.owner, entry.group) = owners(entry.owner, entry.group) }
        var path = entry.path
        var link: [UInt8] = []
        var size: Int64 = 0
        var records: [UInt8] = []
        var map: [UInt8] = []
        switch entry.kind {
        case .hardLink(let target), .symbolicLink(let target): link = target
        case .file(let whole, nil): size = whole
        case .file(let whole, .some(let segments)):
            map = Self.map(segments)
            size = segments.reduce(Int64(map.count)) { $0 + $1.length }
            records += PaxRecords.encode("GNU.sparse.major", "1".utf8)
            records += PaxRecords.encode("GNU.sparse.minor", "0".utf8)
            records += PaxRecords.encode("GNU.sparse.name", path)
            records += PaxRecords.encode("GNU.sparse.realsize", "\(whole)".utf8)
        case .directory, .fifo, .characterDevice, .blockDevice: break
        }
        for attribute in entry.attributes {
            records += PaxRecords.encode("SCHILY.xattr.\(attribute.name)", attribute.value)
        }
        func overflow(_ key: String, _ value: Int64, digits: Int) -> Int64 {
            if value >= 0, value < 1 << (3 * digits) { return value }
            records += PaxRecords.encode(key, "\(value)".utf8)
            return 0
        }
        let group = overflow("gid", Int64(entry.group), digits: 7)
        if link.count > 100 {
            records += PaxRecords.encode("linkpath", link)
            link = Array(link.prefix(100))
        }
        let isPlainTime = entry.modified.nanoseconds == 0 && (0..<(1 << 33)).contains(entry.modified.seconds)
        if !isPlainTime { records += PaxRecords.encode("mtime", entry.modified.pax.utf8) }
        if path.count > 100 {
            records += PaxRecords.encode("path", path)
            path = Array(path.prefix(100))
        }
        let headerSize = overflow("size", size, digits: 11)
        let owner = overflow("uid", Int64(entry.owner), digits: 7)
        if !records.isEmpty {
            guard Int64(records.count) <= TarReader.maximumExtension else {
                throw ImageError.refusedEntry(
                    name: entry.displayName, reason: "its extended attributes take more than 1 MiB")
            }
            try emit(Self.block(name: "PaxHeader".utf8, type: "x", size: Int64(records.count)))
            try emit(records)
            try endData(Int64(records.count))
        }
        let (type, major, minor) = Self.type(entry.kind)
        try emit(
            Self.block(
                name: path, type: type, size: headerSize, mode: entry.mode, owner: owner, group: group,
                time: isPlainTime ? entry.modified.seconds : 0, link: link, major: major, minor: minor))
        try emit(map)
    }

    /// Writes a piece of a file's data.
    package func write(data: UnsafeRawBufferPointer) throws {
        try sink(data)
    }

    /// Pads `count` bytes of data up to the next block.
    package func endData(_ count: Int64) throws {
        try emit(Self.zeros.prefix(Int(TarInput.padding(after: count))))
    }

    /// Writes the end of the archive.
    package func finish() throws {
        try emit(Self.zeros)
    }

    private func emit(_ bytes: some Collection<UInt8>) throws {
        if bytes.isEmpty { return }
        try Array(bytes).withUnsafeBytes { try sink($0) }
    }

    /// The map of a sparse file, version 1.0.
    private static func map(_ segments: [TarEntry.Segment]) -> [UInt8] {
        var text = "\(segments.count)\n"
        for segment in segments { text += "\(segment.offset)\n\(segment.length)\n" }
        let padding = TarInput.padding(after: Int64(text.utf8.count))
        return Array(text.utf8) + zeros.prefix(Int(padding))
    }

    private static func type(_ kind: TarEntry.Kind) -> (Unicode.Scalar, UInt32, UInt32) {
        switch kind {
        case .file: ("0", 0, 0)
        case .hardLink: ("1", 0, 0)
        case .symbolicLink: ("2", 0, 0)
        case .characterDevice(let major, let minor): ("3", major, minor)
        case .blockDevice(let major, let minor): ("4", major, minor)
        case .directory: ("5", 0, 0)
        case .fifo: ("6", 0, 0)
        }
    }

    private static func block(
        name: some Collection<UInt8>, type: Unicode.Scalar, size: Int64, mode: UInt32 = 0o644,
        owner: Int64 = 0, group: Int64 = 0, time: Int64 = 0, link: [UInt8] = [], major: UInt32 = 0,
        minor: UInt32 = 0
    ) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: TarHeader.size)
        func put(_ bytes: some Collection<UInt8>, at offset: Int) {
            block.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
        }
        func put(octal value: Int64, digits: Int, at offset: Int) {
            let text = String(value, radix: 8)
            put((String(repeating: "0", count: max(digits - text.utf8.count, 0)) + text).utf8, at: offset)
        }
        put(name, at: 0)
        put(octal: Int64(mode), digits: 7, at: 100)
        put(octal: owner, digits: 7, at: 108)
        put(octal: group, digits: 7, at: 116)
        put(octal: size, digits: 11, at: 124)
        put(octal: time, digits: 11, at: 136)
        put(String(type).utf8, at: 156)
        put(link, at: 157)
        put("ustar\0".utf8, at: 257)
        put("00".utf8, at: 263)
        put(octal: Int64(major), digits: 7, at: 329)
        put(octal: Int64(minor), digits: 7, at: 337)
        let sum = block.reduce(Int64(8 * 32)) { $0 + Int64($1) }
        put(octal: sum, digits: 6, at: 148)
        put(" ".utf8, at: 155)
        return block
    }
}
