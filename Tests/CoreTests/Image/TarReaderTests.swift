import SystemPackage
import Testing

@testable import Layers
@testable import Tree

@Suite("Reading tar archives")
struct TarReaderTests {
    @Test("what the writer writes, the reader reads", arguments: [1, 7, 512, 4096])
    func roundTrip(piece: Int) throws {
        let long = Array("d/".utf8) + [UInt8](repeating: UInt8(ascii: "n"), count: 255)
        let time = TarTime(seconds: -2, nanoseconds: 500_000_000)
        let attributes = [ExtendedAttribute(name: "user.a", value: [0, 255, 10, 61])]
        var expected: [TarEntry] = []
        for (path, kind) in [
            (Array("d/".utf8), TarEntry.Kind.directory), (long, .symbolicLink(target: long)),
            ([0xff, 0x0a], .fifo), (Array("c".utf8), .characterDevice(major: 5, minor: 1)),
            (Array("b".utf8), .blockDevice(major: 259, minor: 70000)),
            (Array("h".utf8), .hardLink(target: long)),
        ] {
            expected.append(
                TarEntry(
                    path: path, kind: kind, mode: 0o7755, owner: 3_000_000, group: 4_000_000_000,
                    modified: time,
                    attributes: attributes))
        }
        var bytes: [UInt8] = []
        let writer = TarWriter { bytes += $0 }
        for entry in expected { try writer.write(entry) }
        try writer.finish()
        #expect(try entries(bytes, piece: piece) == expected)
    }

    @Test("an endless source of zeros is no archive")
    func endless() throws {
        let reader = TarReader(Endless(of: 0))
        #expect(try reader.next() == nil)
        #expect(throws: ImageError.self) { try reader.drain() }
    }

    @Test("sizes, times and names that no header field can hold")
    func extremes() throws {
        for seconds in [Int64.min + 1, -1, 0, 1 << 31, 1 << 33, 1 << 40] {
            let time = TarTime(seconds: seconds, nanoseconds: 1)
            #expect(TarTime(pax: time.pax.utf8) == time)
        }
        #expect(TarTime(pax: "-0.25".utf8) == TarTime(seconds: -1, nanoseconds: 750_000_000))
        #expect(TarTime(pax: "1.x".utf8) == nil)
        let bytes = try ArchiveBuilder.make { try $0.add("big", .file(size: 1 << 40, segments: nil)) }
        let reader = TarReader(MemorySource(bytes))
        #expect(try reader.next()?.kind == .file(size: 1 << 40, segments: nil))
        #expect(throws: ImageError.self) { try reader.next() }
    }

    @Test("a cut at any place is noticed")
    func truncated() throws {
        let bytes = try ArchiveBuilder.make {
            try $0.file("a", "hello", attributes: [ExtendedAttribute(name: "user.x", value: [1])])
            try $0.directory(String(repeating: "d", count: 200))
        }
        for length in stride(from: 0, through: bytes.count - 1024, by: 64) {
            #expect(throws: ImageError.self, "\(length)") { try entries(Array(bytes[..<length])) }
        }
        #expect(try entries(bytes).count == 2)
    }

    @Test("garbage is refused")
    func garbage() throws {
        var bytes = [UInt8](repeating: 0x5a, count: 4096)
        #expect(throws: ImageError.self) { try entries(bytes) }
        bytes = try ArchiveBuilder.make { try $0.file("a") }
        bytes[0] = UInt8(ascii: "b")
        #expect(throws: ImageError.malformedArchive(reason: "a header's checksum is wrong", offset: 512)) {
            try entries(bytes)
        }
    }

    @Test("no header may claim more than the limits", arguments: ["x", "g", "L", "K"])
    func bombs(type: String) throws {
        let bytes = try ArchiveBuilder.make {
            try $0.raw("bomb", type: Character(type), size: 100 << 20)
        }
        let error = #expect(throws: ImageError.self) { try entries(bytes) }
        guard case .malformedArchive = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("S7: global headers stay small together, since every entry looks through them")
    func globalBomb() throws {
        let bytes = try ArchiveBuilder.make {
            for key in 0..<4000 {
                let record = PaxRecords.encode("key\(key)", "v".utf8)
                try $0.raw("g", type: "g", size: Int64(record.count))
                $0.data(record)
            }
            try $0.file("a")
        }
        let error = #expect(throws: ImageError.self) { try entries(bytes) }
        guard case .malformedArchive(let reason, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason == "the global pax headers are too large")
    }

    @Test("what is not understood is refused", arguments: ["V", "M", "D", "N", "A"])
    func unknown(type: String) throws {
        let bytes = try ArchiveBuilder.make { try $0.raw("a", type: Character(type), size: 0) }
        #expect(throws: ImageError.self) { try entries(bytes) }
    }

    @Test(
        "malformed pax records are refused",
        arguments: [
            "5 a=b", "99 a=b\n", "0 a=b\n", "6 a=b\nx", "x a=b\n", "6 ab=\n5 =b\n", "13 size=-10\n\n",
            "12 size=-100\n",
            "11 path=a\0\n", "12 mtime=1.x\n", "22 SCHILY.xattr.=value\n", "14 uid=-100000\n",
            "23 size=9223372036854775807\n", "27 size=92233720368547758079\n",
        ])
    func malformedRecords(records: String) throws {
        let bytes = try ArchiveBuilder.make {
            try $0.raw("x", type: "x", size: Int64(records.utf8.count))
            $0.data(Array(records.utf8))
            try $0.file("a")
        }
        #expect(throws: ImageError.self) { try entries(bytes) }
    }

    @Test(
        "sparse maps that do not fit are refused",
        arguments: [
            "1\n0\n5\n", "2\n0\n3\n2\n3\n", "1\n-1\n3\n", "1\n20\n3\n", "99999999999\n", "1\n0\n", "x\n",
        ])
    func sparseMaps(map: String) throws {
        var records: [UInt8] = []
        for (key, value) in [("major", "1"), ("minor", "0"), ("realsize", "10")] {
            records += PaxRecords.encode("GNU.sparse.\(key)", value.utf8)
        }
        let bytes = try ArchiveBuilder.make {
            try $0.raw("x", type: "x", size: Int64(records.count))
            $0.data(records)
            try $0.raw("sparse", type: "0", size: 512 + 3)
            $0.data(Array(map.utf8))
            $0.data([1, 2, 3])
        }
        #expect(throws: ImageError.self) { try entries(bytes) }
    }

    @Test("gzip streams: whole, several, cut, damaged, followed by garbage")
    func gzip() throws {
        let directory = try TemporaryDirectory()
        let plain = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
        try directory.file("a", plain)
        try run("/usr/bin/gzip", directory.path.appending("a").string)
        let packed = try contents(directory.path.appending("a.gz"))
        func unpack(_ bytes: [UInt8]) throws -> [UInt8] {
            let source = try GzipSource(MemorySource(bytes, piece: 1000))
            var result = [UInt8](repeating: 0, count: 700_000)
            let count = try result.withUnsafeMutableBytes { try source.fill($0) }
            return Array(result[..<count])
        }
        #expect(try unpack(packed) == plain)
        #expect(try unpack(packed + packed) == plain + plain)
        #expect(try unpack(packed + [0, 0, 0]) == plain)
        #expect(throws: ImageError.self) { try unpack(packed.dropLast(1)) }
        #expect(throws: ImageError.self) { try unpack(packed + [1]) }
        #expect(throws: ImageError.self) { try unpack([]) }
        var damaged = packed
        damaged[damaged.count / 2] ^= 0xff
        #expect(throws: ImageError.self) { try unpack(damaged) }
    }
}
