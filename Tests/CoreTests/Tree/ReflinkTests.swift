import CLinux
import Glibc
import SystemPackage
import Testing

@testable import Host
@testable import Mount
@testable import Tree

@Suite("Sharing data with a copy", isRoot)
struct ReflinkTests {
    @Test(needs("/sbin/mkfs.xfs"), .enabled(if: Files.exists("/dev/loop-control"), "no loop devices"))
    func onXFS() throws {
        try check("/sbin/mkfs.xfs", ["-q", "-m", "reflink=1"])
    }

    @Test(needs("/sbin/mkfs.btrfs"), .enabled(if: Files.exists("/dev/loop-control"), "no loop devices"))
    func onBtrfs() throws {
        try check("/sbin/mkfs.btrfs", ["-q"])
    }

    private func check(_ program: String, _ options: [String]) throws {
        let temporary = try TemporaryDirectory(in: TemporaryDirectory.disk)
        let image = try temporary.file("image", [])
        try systemCall("truncate", image) { truncate($0, 400 << 20) }
        try CoreTests.run(program: program, options + [image.string])
        let place = try temporary.directory("mounted")
        try PrivateMountNamespace.run {
            try CoreTests.run("/bin/mount", "-o", "loop", image.string, place.string)
            defer { umount(place.string) }
            let source = place.appending("source")
            let copy = place.appending("copy")
            for path in [source, copy] { try Files.makeDirectory(path) }
            let bytes = [UInt8](repeating: 5, count: 40 << 20)
            do {
                for name in ["one", "two"] {
                    let file = try Descriptor(source.appending(name), O_WRONLY | O_CREAT, mode: 0o600)
                    try file.write(bytes, subject: name)
                    fsync(file.rawValue)
                }
            }
            let before = try Self.usedBytes(place)
            try TreeCopy.copy(source, into: copy)
            let after = try Self.usedBytes(place)
            #expect(after - before < 20 << 20, "\(after - before) bytes for a copy of 80 MiB")
            for name in ["one", "two"] { #expect(try contents(copy.appending(name)) == bytes) }

            // A copy of its own: a change does not reach the source.
            let changed = try Descriptor(copy.appending("one"), O_WRONLY)
            try changed.write([1], subject: "one")
            #expect(try contents(source.appending("one")) == bytes)

            let from = try Descriptor(source.appending("one"), O_RDONLY)
            let to = try Descriptor(place.appending("single"), O_WRONLY | O_CREAT, mode: 0o600)
            var content = ContentCopy()
            try content.copy(from: from.rawValue, to: to.rawValue, size: Int64(bytes.count))
            #expect(content.hasCloned)
        }
    }

    private static func usedBytes(_ path: FilePath) throws -> Int {
        let directory = try Descriptor(path, O_RDONLY)
        try systemCall("syncfs") { clx_syncfs(directory.rawValue) }
        var status = statvfs()
        try systemCall("statvfs", path) { statvfs($0, &status) }
        return Int(status.f_blocks - status.f_bfree) * Int(status.f_frsize)
    }
}
