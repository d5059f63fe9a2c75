import BtrfsDriver
import CLinux
import Core
import Glibc
import SystemPackage
import Testing

@Suite("Quotas of the btrfs driver", .enabled(if: geteuid() == 0, "only root may mount"))
struct BtrfsQuotaTests {
    /// A group each: its number, what it has, what it has alone, and the limits of both.
    private func limits(_ bench: BtrfsBench) throws -> [String] {
        var lines = try bench.tool("qgroup show -re --raw")
        lines.removeFirst(2)
        return lines.map { line in
            let words = line.split(separator: " ").prefix(5)
            return words.joined(separator: " ")
        }
    }

    private func isDone(_ bench: BtrfsBench, _ condition: () throws -> Bool) throws -> Bool {
        let root = try Descriptor(bench.place, O_RDONLY | O_DIRECTORY)
        for _ in 0..<6000 {
            if try condition() { return true }
            clx_btrfs_sync(root.rawValue)
        }
        return false
    }

    private static let examples: [(text: String, bytes: Int)] = [
        ("1048576", 1_048_576), ("20m", 20_971_520), ("20M", 20_971_520), ("20mb", 20_971_520),
        ("20MiB", 20_971_520), ("1.5g", 1_610_612_736), ("1 g", 1_073_741_824),
    ]

    @Test("sizes as docker writes them", arguments: examples)
    func sizes(text: String, bytes: Int) throws {
        try BtrfsBench.run { bench in
            _ = try bench.make("box", for: .mounting(.readWrite, options: ["size": text]))
            // A new subvolume has a node of the tree for itself: 16 KiB.
            let limits = try limits(bench)
            #expect(limits.contains { $0.hasSuffix(" none \(bytes + 16384)") }, "\(limits)")
        }
    }

    @Test("no group is left of what was removed, and none is made without a size")
    func groups() throws {
        try BtrfsBench.run { bench in
            let base = try bench.make("base")
            try bench.finish(base)
            #expect(throws: ScriptFailure.self) { try limits(bench) }
            let size = SnapshotUse.mounting(.readWrite, options: ["size": "10m"])
            let box = try bench.make("box", on: [base], for: size)
            #expect(try limits(bench).count == 3)
            try bench.driver.discard(box)
            try TreeRemoval.remove(box.path)
            #expect(try isDone(bench) { try limits(bench).count == 2 })
        }
    }

    @Test("a copy of a plain directory is not counted, only what is written to it")
    func copy() throws {
        try BtrfsBench.run { bench in
            _ = try shell("mkdir plain; head -c 8M /dev/urandom > plain/file", in: bench.place)
            let plain = SnapshotDirectory(plain: bench.place.appending("plain"))
            let box = try bench.make(
                "box", on: [plain], for: .mounting(.readWrite, options: ["size": "12m"]))
            let written = try shell(
                "head -c 20M /dev/zero > \(box.layer)/own 2> /dev/null || stat -c %s \(box.layer)/own",
                in: "/")
            let bytes = try #require(Int(written.dropLast()))
            #expect((11 << 20...12 << 20).contains(bytes))
        }
    }
}
