internal import CLinux
internal import Core
internal import Glibc
internal import SystemPackage

/// All that can be seen of a directory tree: two trees with the same record are the same to any program.
struct TreeRecord: Sendable {
    struct Entry: Sendable, Equatable {
        var mode: UInt32
        var owner: UInt32
        var group: UInt32
        var device: UInt64
        /// Of a regular file, in bytes.
        var size: Int64
        /// A hash of a regular file's content, or a symbolic link's target.
        var content: String
        var attributes: [String: [UInt8]]
        /// The names of the same file that come before this one, if any.
        var linkedTo: [UInt8]?
        var seconds: Int
        var nanoseconds: Int
    }

    /// By path, relative to the root, whose path is empty.
    private(set) var entries: [[UInt8]: Entry] = [:]

    init(of root: FilePath) throws {
        var linked: [UInt64: [UInt8]] = [:]
        try add(root, [], &linked)
    }

    private mutating func add(_ path: FilePath, _ name: [UInt8], _ linked: inout [UInt64: [UInt8]]) throws {
        var status = stat()
        guard path.withPlatformString({ lstat($0, &status) }) == 0 else {
            throw SystemCallError("lstat", path)
        }
        let type = status.st_mode & S_IFMT
        var content = ""
        switch type {
        case S_IFREG: content = try Self.hash(of: path, size: Int64(status.st_size))
        case S_IFLNK: content = try Files.readLink(path)
        default: break
        }
        var linkedTo: [UInt8]?
        if type != S_IFDIR, status.st_nlink > 1 {
            linkedTo = linked[UInt64(status.st_ino)]
            if linkedTo == nil { linked[UInt64(status.st_ino)] = name }
        }
        entries[name] = Entry(
            mode: status.st_mode, owner: status.st_uid, group: status.st_gid,
            device: type == S_IFCHR || type == S_IFBLK ? UInt64(status.st_rdev) : 0,
            size: type == S_IFREG ? Int64(status.st_size) : 0, content: content,
            attributes: Self.attributes(of: path), linkedTo: linkedTo, seconds: status.st_mtim.tv_sec,
            nanoseconds: status.st_mtim.tv_nsec)
        guard type == S_IFDIR else { return }
        for child in try Self.names(in: path) {
            let childName = name.isEmpty ? child : name + [UInt8(ascii: "/")] + child
            let childPath = (Array(path.string.utf8) + [UInt8(ascii: "/")] + child + [0])
                .withUnsafeBufferPointer {
                    bytes in
                    bytes.withMemoryRebound(to: CChar.self) {
                        FilePath(platformString: $0.baseAddress.unsafelyUnwrapped)
                    }
                }
            try add(childPath, childName, &linked)
        }
    }

    /// Byte for byte and sorted, so that the first name of a file is the same one in each record.
    private static func names(in path: FilePath) throws -> [[UInt8]] {
        guard let stream = path.withPlatformString({ opendir($0) }) else {
            throw SystemCallError("opendir", path)
        }
        defer { closedir(stream) }
        var names: [[UInt8]] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if !name.elementsEqual(".".utf8), !name.elementsEqual("..".utf8) { names.append(name) }
        }
        return names.sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// FNV-1a over the data; holes are passed over, so that a sparse file of any size takes no time.
    private static func hash(of path: FilePath, size: Int64) throws -> String {
        let file = try Descriptor(path, O_RDONLY | O_NOFOLLOW)
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func mix(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        var offset: Int64 = 0
        while offset < size {
            let data = lseek(file.rawValue, off_t(offset), clx_SEEK_DATA)
            if data < 0 { break }
            let end = min(size, Int64(lseek(file.rawValue, data, clx_SEEK_HOLE)))
            offset = Int64(data)
            while offset < end {
                let count = pread(file.rawValue, &buffer, min(buffer.count, Int(end - offset)), off_t(offset))
                if count <= 0 { throw SystemCallError("read", path) }
                for (index, byte) in buffer[..<count].enumerated() where byte != 0 {
                    // A zero says nothing that the position of the next byte does not: a hole is the same as zeros.
                    for shift in 0..<8 {
                        mix(UInt8(truncatingIfNeeded: (offset + Int64(index)) >> (8 * shift)))
                    }
                    mix(byte)
                }
                offset += Int64(count)
            }
        }
        return String(hash, radix: 16)
    }

    private static func attributes(of path: FilePath) -> [String: [UInt8]] {
        var list = [CChar](repeating: 0, count: 1 << 16)
        let size = list.count
        let count = path.withPlatformString { llistxattr($0, &list, size) }
        guard count > 0 else { return [:] }
        var result: [String: [UInt8]] = [:]
        for name in list[..<count].split(separator: 0) {
            let name = String(decoding: name.map(UInt8.init(bitPattern:)), as: UTF8.self)
            var value = [UInt8](repeating: 0, count: 1 << 16)
            let room = value.count
            let length = path.withPlatformString { lgetxattr($0, name, &value, room) }
            if length >= 0, !name.hasPrefix("btrfs."), name != "security.selinux" {
                result[name] = Array(value[..<length])
            }
        }
        return result
    }

    /// - Throws: ``ConformanceFailure`` that names the first differences.
    func expectSame(as expected: TreeRecord, times: Bool = true, _ what: String) throws {
        var differences: [String] = []
        for (name, entry) in expected.entries.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            guard let mine = entries[name] else {
                differences.append("\(Self.text(name)) is missing")
                continue
            }
            differences += Self.differences(mine, entry, times: times).map { "\(Self.text(name)): \($0)" }
        }
        for name in entries.keys where expected.entries[name] == nil {
            differences.append("\(Self.text(name)) should not be there")
        }
        if differences.isEmpty { return }
        throw ConformanceFailure(reason: "\(what): \(differences.prefix(3).joined(separator: "; "))")
    }

    private static func text(_ name: [UInt8]) -> String {
        name.isEmpty ? "the root" : "\(String(decoding: name, as: UTF8.self).debugDescription)"
    }

    private static func differences(_ mine: Entry, _ other: Entry, times: Bool) -> [String] {
        var found: [String] = []
        if mine.mode != other.mode {
            found.append("mode \(String(mine.mode, radix: 8)), expected \(String(other.mode, radix: 8))")
        }
        if mine.owner != other.owner || mine.group != other.group {
            found.append("owner \(mine.owner):\(mine.group), expected \(other.owner):\(other.group)")
        }
        if mine.device != other.device { found.append("another device number") }
        if mine.size != other.size { found.append("size \(mine.size), expected \(other.size)") }
        if mine.content != other.content { found.append("other content") }
        if mine.attributes != other.attributes {
            found.append(
                "attributes \(mine.attributes.keys.sorted()), expected \(other.attributes.keys.sorted()) or their values"
            )
        }
        if mine.linkedTo != other.linkedTo { found.append("other hard links") }
        if times, mine.seconds != other.seconds || mine.nanoseconds != other.nanoseconds {
            found.append(
                "time \(mine.seconds).\(mine.nanoseconds), expected \(other.seconds).\(other.nanoseconds)")
        }
        return found
    }
}
