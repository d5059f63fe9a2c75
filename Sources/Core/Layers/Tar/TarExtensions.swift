internal import Tree

/// What the headers before an entry's own say about it, and how they and its own make the entry.
struct TarExtensions {
    /// A pax extended header.
    var records = PaxRecords() { didSet { isUsed = true } }
    /// A GNU long name.
    var name: [UInt8]? { didSet { isUsed = true } }
    /// A GNU long link target.
    var linkName: [UInt8]? { didSet { isUsed = true } }
    /// True once there was any such header: an entry has to follow.
    private(set) var isUsed = false

    private static let attributePrefix = "SCHILY.xattr."

    /// The entry that `header` and these extensions describe; a file's size is the one in the archive, which
    /// sparse files still change.
    ///
    /// - Throws: ``TarHeader/Malformed`` or ``PaxRecords/Malformed``.
    func entry(_ header: TarHeader, globals: PaxRecords) throws -> TarEntry {
        var all = globals
        all.merge(records)
        let path = try text(all["GNU.sparse.name"] ?? all["path"]) ?? name ?? header.name
        let link = try text(all["linkpath"]) ?? linkName ?? header.linkName
        if path.isEmpty { throw TarHeader.Malformed(reason: "an entry without a name") }
        for name in [path, link] where name.count > TarReader.maximumName {
            throw TarHeader.Malformed(reason: "a name of \(name.count) bytes")
        }
        let size = try all.number("size") ?? header.size
        var entry = TarEntry(path: path, kind: try Self.kind(header, path: path, link: link, size: size))
        guard header.mode >= 0 else { throw TarHeader.Malformed(reason: "a negative mode") }
        entry.mode = UInt32(header.mode & 0o7777)
        entry.owner = try identifier(all.number("uid") ?? header.owner)
        entry.group = try identifier(all.number("gid") ?? header.group)
        entry.modified = TarTime(seconds: header.modified)
        if let value = all["mtime"] {
            guard let time = TarTime(pax: value) else {
                throw PaxRecords.Malformed(reason: "a wrong pax time")
            }
            entry.modified = time
        }
        entry.attributes = try attributes(all)
        return entry
    }

    private static func kind(
        _ header: TarHeader, path: [UInt8], link: [UInt8], size: Int64
    ) throws(TarHeader.Malformed) -> TarEntry.Kind {
        func device() throws(TarHeader.Malformed) -> (UInt32, UInt32) {
            guard let major = UInt32(exactly: header.deviceMajor),
                let minor = UInt32(exactly: header.deviceMinor)
            else { throw TarHeader.Malformed(reason: "a wrong device number") }
            return (major, minor)
        }
        switch header.typeFlag {
        case 0, UInt8(ascii: "0"), UInt8(ascii: "7"):
            // Before ustar, a directory was a file whose name ends with a slash.
            return path.last == UInt8(ascii: "/") ? .directory : .file(size: size, segments: nil)
        case UInt8(ascii: "S"): return .file(size: size, segments: nil)
        case UInt8(ascii: "1"), UInt8(ascii: "2"):
            guard !link.isEmpty else { throw TarHeader.Malformed(reason: "a link without a target") }
            let isHard = header.typeFlag == UInt8(ascii: "1")
            return isHard ? .hardLink(target: link) : .symbolicLink(target: link)
        case UInt8(ascii: "3"):
            let (major, minor) = try device()
            return .characterDevice(major: major, minor: minor)
        case UInt8(ascii: "4"):
            let (major, minor) = try device()
            return .blockDevice(major: major, minor: minor)
        case UInt8(ascii: "5"): return .directory
        case UInt8(ascii: "6"): return .fifo
        case let flag:
            let name = Unicode.Scalar(flag).escaped(asASCII: true)
            throw TarHeader.Malformed(reason: "an entry of the unsupported type '\(name)'")
        }
    }

    private func text(_ value: ArraySlice<UInt8>?) throws(PaxRecords.Malformed) -> [UInt8]? {
        guard let value else { return nil }
        if value.contains(0) { throw PaxRecords.Malformed(reason: "a name with a NUL byte") }
        return Array(value)
    }

    /// (uid_t)-1 means "leave it" to chown(2) and is nobody's number.
    private func identifier(_ value: Int64) throws(TarHeader.Malformed) -> UInt32 {
        guard let number = UInt32(exactly: value), number != .max else {
            throw TarHeader.Malformed(reason: "an owner of \(value)")
        }
        return number
    }

    private func attributes(_ records: PaxRecords) throws(PaxRecords.Malformed) -> [ExtendedAttribute] {
        var result: [ExtendedAttribute] = []
        var seen: Set<String> = []
        for (key, value) in records.records.reversed() where key.hasPrefix(Self.attributePrefix) {
            let name = String(key.dropFirst(Self.attributePrefix.count))
            if name.isEmpty || name.utf8.contains(0) {
                throw PaxRecords.Malformed(reason: "an extended attribute without a valid name")
            }
            if seen.insert(name).inserted {
                result.append(ExtendedAttribute(name: name, value: Array(value)))
            }
        }
        return result.sorted { $0.name < $1.name }
    }
}
