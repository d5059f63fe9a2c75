import CLinux
import Glibc

@testable import Layers
@testable import Tree

/// Makes archives that are well-formed enough to get far and hostile enough to do harm there.
///
/// Names come from a small pool, so that entries meet: a link where the next one wants a directory, a deletion
/// of what was just brought, the same name as another kind.
struct HostileArchive {
    var random: SeededGenerator
    /// What lies outside, absolute: links point at it.
    let canary: String
    private var builder = ArchiveBuilder()

    /// An archive, or what is left of one after it was damaged.
    static func make(_ random: inout SeededGenerator, canary: String, damaged: Bool = true) -> [UInt8] {
        var archive = HostileArchive(random: random, canary: canary)
        for _ in 0..<Int.random(in: 1...24, using: &archive.random) { archive.addSomething() }
        var bytes = archive.builder.bytes
        if archive.chance(9, in: 10) { bytes += [UInt8](repeating: 0, count: 1024) }
        if damaged, archive.chance(1, in: 3) { archive.damage(&bytes) }
        random = archive.random
        return bytes
    }

    /// Changes a valid archive a little, with its checksums set again where it can be.
    static func mutate(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var archive = HostileArchive(random: random, canary: "/canary")
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &archive.random) { archive.damage(&bytes) }
        random = archive.random
        return bytes
    }

    private init(random: SeededGenerator, canary: String) {
        self.random = random
        self.canary = canary
    }

    private mutating func chance(_ part: Int, in whole: Int) -> Bool {
        Int.random(in: 0..<whole, using: &random) < part
    }

    private mutating func pick<Element>(_ values: [Element]) -> Element {
        values[Int.random(in: 0..<values.count, using: &random)]
    }

    private mutating func component() -> [UInt8] {
        switch Int.random(in: 0..<40, using: &random) {
        case 0..<28: Array(pick(["a", "b", "c", "d"]).utf8)
        case 28..<32: Array(pick([".wh.a", ".wh.b", ".wh.c", ".wh..wh..opq"]).utf8)
        case 32:
            Array(pick([".wh.", ".wh..", ".wh...", ".wh..wh.aufs", ".wh..wh.plnk", ".wh..wh.orph"]).utf8)
        case 33: Array("..".utf8)
        case 34: Array(pick([".", ""]).utf8)
        case 35: Array(pick(["secret", "canary", "root", "etc"]).utf8)
        case 36: [UInt8](repeating: UInt8(ascii: "n"), count: pick([100, 155, 255, 256, 4000]))
        case 37: pick([[0xff, 0xfe], [0x1b, 0x5b, 0x32, 0x4a], [0x0a], [0xc3], Array("ü".utf8)])
        default: Array(pick(["a", "b"]).utf8)
        }
    }

    private mutating func name() -> [UInt8] {
        var result: [UInt8] = []
        if chance(1, in: 12) { result += Array(pick(["/", "./", "//", "../", "/../"]).utf8) }
        for index in 0..<pick([1, 1, 1, 2, 2, 3, 4]) {
            if index > 0 { result.append(UInt8(ascii: "/")) }
            result += component()
        }
        if chance(1, in: 20) { result.append(UInt8(ascii: "/")) }
        return result.isEmpty ? [UInt8(ascii: ".")] : result
    }

    private mutating func target() -> [UInt8] {
        switch Int.random(in: 0..<8, using: &random) {
        case 0: Array(canary.utf8)
        case 1: Array("\(canary)/secret".utf8)
        case 2: Array("../canary".utf8)
        case 3: Array(pick(["/etc", "/etc/passwd", ".", "..", "/", "a", "/proc/self/root"]).utf8)
        default: name()
        }
    }

    private mutating func attributes() -> [ExtendedAttribute] {
        guard chance(1, in: 5) else { return [] }
        let names = [
            "user.a", "user.b", "trusted.overlay.opaque", "trusted.overlay.redirect",
            "trusted.overlay.metacopy",
            "user.overlay.opaque", "trusted.x", "security.capability", "security.selinux", "user.",
            "system.posix_acl_default", "system.posix_acl_access", "nonsense", "trusted.overlay.whiteout",
            "trusted.overlay.overlay.opaque", "user.overlay.whiteout",
        ]
        return (0..<Int.random(in: 1...3, using: &random)).map { _ in
            ExtendedAttribute(
                name: pick(names), value: pick([[UInt8(ascii: "y")], [], [0, 1, 2], noise(24)]))
        }
    }

    private mutating func noise(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    private mutating func kind() -> TarEntry.Kind {
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<6: .directory
        case 6..<10: .symbolicLink(target: target())
        case 10..<14: .hardLink(target: target())
        case 14: .fifo
        case 15: .characterDevice(major: pick([0, 0, 1, 5]), minor: pick([0, 0, 3]))
        case 16: .blockDevice(major: pick([0, 7]), minor: pick([0, 1]))
        default: .file(size: Int64(pick([0, 1, 5, 511, 512, 513, 3000])), segments: nil)
        }
    }

    private mutating func addSomething() {
        switch Int.random(in: 0..<24, using: &random) {
        case 0: addRawPax(type: pick(["x", "x", "x", "g"]))
        case 1: addSparse()
        case 2: addOldSparse()
        case 3: addLongName()
        default: break
        }
        var entry = TarEntry(path: name(), kind: kind())
        entry.mode = pick([0o644, 0o755, 0, 0o7777, 0o4755])
        entry.owner = pick([0, 0, 1000, 65534, 3_000_000, .max - 1])
        entry.group = entry.owner
        entry.modified = TarTime(
            seconds: pick([0, 1, -1, 1 << 33, .max, .min + 1]), nanoseconds: pick([0, 0, 1, 999_999_999]))
        entry.attributes = attributes()
        write(entry)
    }

    /// The entry, sometimes with a field that says something else than it should.
    private mutating func write(_ entry: TarEntry) {
        var headers: [UInt8] = []
        // Cannot fail: the attributes are small.
        try? TarWriter { headers += $0 }.write(entry)
        let start = builder.bytes.count + headers.count - TarHeader.size
        builder.append(headers)
        if chance(1, in: 15) { spoilField(start) }
        if case .file(let size, nil) = entry.kind { builder.data(noise(Int(size))) }
    }

    private mutating func spoilField(_ start: Int) {
        let (offset, length) = pick([
            (100, 8), (108, 8), (116, 8), (124, 12), (136, 12), (148, 8), (156, 1), (157, 100), (257, 8),
            (329, 8), (337, 8), (345, 155), (0, 100),
        ])
        let value: [UInt8] =
            switch Int.random(in: 0..<6, using: &random) {
            case 0: [UInt8](repeating: 0xff, count: length)
            case 1: [0x80] + [UInt8](repeating: 0xff, count: length - 1)
            case 2: noise(length)
            case 3: [UInt8](repeating: UInt8(ascii: "7"), count: length)
            case 4: [0x80] + [UInt8](repeating: 0, count: length - 1)
            default: [UInt8(ascii: pick(["0", "1", "2", "3", "5", "7", "S", "x", "g", "L", "K", "V", "D"]))]
            }
        builder.patch(start) { block in block.replaceSubrange(offset..<(offset + value.count), with: value) }
    }

    private mutating func number() -> String {
        pick([
            "0", "1", "5", "512", "513", "1000", "-1", "9223372036854775807", "9223372036854775808",
            "-9223372036854775808", "4294967295", "4294967294", "1048577", "+1", " 1", "0x1", "", "1.5", "-0",
        ])
    }

    private mutating func addRawPax(type: Character) {
        var records: [UInt8] = []
        for _ in 0..<Int.random(in: 1...5, using: &random) {
            let key = pick([
                "size", "path", "linkpath", "uid", "gid", "mtime", "atime", "SCHILY.xattr.user.x",
                "SCHILY.xattr.trusted.overlay.opaque", "SCHILY.xattr.", "GNU.sparse.major",
                "GNU.sparse.minor",
                "GNU.sparse.realsize", "GNU.sparse.name", "GNU.sparse.size", "GNU.sparse.map",
                "GNU.sparse.offset", "GNU.sparse.numbytes", "hdrcharset", "comment", "GNU.sparse.numblocks",
            ])
            let value: [UInt8] =
                key.contains("path") || key.contains("name")
                ? name()
                : key.hasSuffix("map")
                    ? Array("\(number()),\(number()),\(number()),\(number())".utf8) : Array(number().utf8)
            var record = PaxRecords.encode(key, value)
            if chance(1, in: 20) { record[Int.random(in: 0..<record.count, using: &random)] = noise(1)[0] }
            records += record
        }
        header("pax", type: type, size: Int64(records.count))
        builder.data(records)
    }

    /// A header with any type; its size may be a lie.
    private mutating func header(_ name: String, type: Character, size: Int64) {
        let claimed = chance(1, in: 30) ? pick([0, 1, size + 1, size + 512, 1 << 21, .max >> 30]) : size
        // Cannot fail: there are no attributes.
        try? builder.raw(name, type: type, size: claimed)
    }

    private mutating func addLongName() {
        let text = pick([
            name(), target(), [UInt8](repeating: UInt8(ascii: "l"), count: pick([101, 4095, 4096, 5000])),
        ])
        let bytes = text + (chance(3, in: 4) ? [0] : [])
        header("././@LongLink", type: pick(["L", "K"]), size: Int64(bytes.count))
        builder.data(bytes)
    }

    private mutating func position() -> Int64 {
        pick([0, 1, 100, 512, 4096, 1 << 20, 1 << 40, .max - 5, .max, .max / 2])
    }

    /// Version 1.0, valid or not.
    private mutating func addSparse() {
        var segments: [TarEntry.Segment] = []
        var at: Int64 = 0
        for _ in 0..<Int.random(in: 0...4, using: &random) {
            let (offset, overflow) = at.addingReportingOverflow(position())
            let length = Int64(pick([0, 1, 5, 512]))
            if overflow || offset > .max - length { break }
            segments.append(TarEntry.Segment(offset: offset, length: length))
            at = chance(1, in: 12) ? 0 : offset + length
        }
        let size = chance(1, in: 6) ? position() : at
        let entry = TarEntry(path: name(), kind: .file(size: size, segments: segments))
        // Cannot fail: there are no attributes.
        var headers: [UInt8] = []
        try? TarWriter { headers += $0 }.write(entry)
        builder.append(headers)
        builder.data(noise(segments.reduce(0) { $0 + Int($1.length) }))
    }

    /// GNU's old form: a map in the header, and more of it in blocks after it.
    private mutating func addOldSparse() {
        let start = builder.bytes.count
        let data = pick([0, 1, 10, 512])
        try? builder.raw("old", type: "S", size: Int64(data))
        var fields: [[UInt8]] = []
        for _ in 0..<10 {
            let value = chance(1, in: 3) ? Int64(data) : position()
            fields.append(
                chance(1, in: 4)
                    ? [UInt8](repeating: 0, count: 12)
                    : [0x80, 0, 0, 0] + withUnsafeBytes(of: value.bigEndian) { Array($0) })
        }
        let continues = chance(1, in: 3)
        builder.patch(start) { block in
            block.replaceSubrange(257..<265, with: "ustar  \0".utf8)
            for index in 0..<8 {
                block.replaceSubrange((386 + index * 12)..<(398 + index * 12), with: fields[index])
            }
            block[482] = continues ? 1 : 0
            block.replaceSubrange(483..<495, with: fields[8])
        }
        if continues {
            var block = noise(TarHeader.size)
            if chance(3, in: 4) { block = [UInt8](repeating: 0, count: TarHeader.size) }
            builder.append(block)
        }
        builder.data(noise(data))
    }

    /// Changes anything: bytes, blocks, the length.
    private mutating func damage(_ bytes: inout [UInt8]) {
        guard bytes.count > TarHeader.size else { return }
        let index = Int.random(in: 0..<bytes.count, using: &random)
        let block = index / TarHeader.size * TarHeader.size
        let next = min(block + TarHeader.size, bytes.count)
        switch Int.random(in: 0..<7, using: &random) {
        case 0: bytes.removeLast(bytes.count - index)
        case 1: bytes.removeSubrange(block..<next)
        case 2: bytes.insert(contentsOf: bytes[block..<next], at: block)
        case 3: bytes.removeSubrange(index..<min(index + 7, bytes.count))
        default: bytes[index] = pick([0, 0xff, 0x80, UInt8(ascii: "7"), noise(1)[0]])
        }
        // Half of the damage gets past the checksum.
        guard chance(1, in: 2), block + TarHeader.size <= bytes.count else { return }
        bytes.withUnsafeMutableBufferPointer { ArchiveBuilder.sign($0, at: block) }
    }
}
