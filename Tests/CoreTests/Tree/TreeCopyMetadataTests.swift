import CLinux
import Glibc
import SystemPackage
import Testing

@testable import Host

@Suite("What a copy keeps of a file besides its content", isRoot)
struct TreeCopyMetadataTests {
    /// linux/posix_acl_xattr.h: version 2, then tag, permissions and id of each entry, little-endian.
    private static func accessList(_ entries: [(tag: UInt16, permissions: UInt16, id: UInt32)]) -> [UInt8] {
        func bytes(_ value: some FixedWidthInteger) -> [UInt8] {
            withUnsafeBytes(of: value.littleEndian, Array.init)
        }
        return bytes(UInt32(2)) + entries.flatMap { bytes($0.tag) + bytes($0.permissions) + bytes($0.id) }
    }

    /// For setfacl(1): `u::rwx,u:1000:r--,g::r-x,m::rwx,o::---`.
    private static let sample = accessList([
        (0x01, 7, .max), (0x02, 4, 1000), (0x04, 5, .max), (0x10, 7, .max), (0x20, 0, .max),
    ])

    @Test func accessListsAreCopied() throws {
        let tree = try TreeFixture()
        let file = try tree.file("file")
        try setAttribute("system.posix_acl_access", Self.sample, of: file)
        let mode = try look(file).st_mode
        try tree.run()
        let copy = tree.copy.appending("file")
        #expect(attribute("system.posix_acl_access", of: copy) == Self.sample)
        #expect(try look(copy).st_mode == mode)
    }

    @Test func defaultAccessListsAreCopiedAndNotInherited() throws {
        let tree = try TreeFixture()
        let directory = try tree.directory("directory")
        try tree.file("directory/file")
        try tree.directory("directory/below")
        try setAttribute("system.posix_acl_default", Self.sample, of: directory)
        try tree.run()
        let copy = tree.copy.appending("directory")
        #expect(attribute("system.posix_acl_default", of: copy) == Self.sample)
        for path in [copy, copy.appending("file"), copy.appending("below")] {
            #expect(attribute("system.posix_acl_access", of: path) == nil)
        }
        #expect(attribute("system.posix_acl_default", of: copy.appending("below")) == nil)
    }

    @Test func accessListOfThePlaceOfTheCopyIsNotInherited() throws {
        let tree = try TreeFixture()
        try tree.file("file")
        try tree.directory("directory")
        try setAttribute("system.posix_acl_default", Self.sample, of: tree.copy)
        try tree.run()
        #expect(attribute("system.posix_acl_default", of: tree.copy) == nil)
        #expect(attribute("system.posix_acl_access", of: tree.copy.appending("file")) == nil)
        #expect(attribute("system.posix_acl_default", of: tree.copy.appending("directory")) == nil)
        #expect(try look(tree.copy.appending("file")).st_mode & 0o7777 == 0o644)
    }

    @Test func capabilitiesSurviveTheChangeOfOwner() throws {
        let tree = try TreeFixture()
        let file = try tree.file("program")
        try systemCall("chown", file) { chown($0, 1000, 1000) }
        // VFS_CAP_REVISION_2 with the effective bit, cap_net_raw (13) permitted: linux/capability.h.
        let capability: [UInt8] = [1, 0, 0, 2, 0, 0x20] + [UInt8](repeating: 0, count: 14)
        try setAttribute("security.capability", capability, of: file)
        try tree.run()
        let copy = tree.copy.appending("program")
        #expect(attribute("security.capability", of: copy) == capability)
        #expect(try look(copy).st_uid == 1000)
    }

    @Test(.needsUserAttributes) func attributesOfAllNamespacesAreCopied() throws {
        let tree = try TreeFixture()
        let file = try tree.file("file")
        let directory = try tree.directory("directory")
        try Files.makeLink(to: "file", at: tree.source.appending("link"))
        let large = [UInt8](repeating: 0xA5, count: 3000)
        for path in [file, directory] {
            try setAttribute("user.large", large, of: path)
            try setAttribute("user.empty", [], of: path)
        }
        for path in [file, directory, tree.source.appending("link")] {
            try setAttribute("trusted.test", [0, 1, 0], of: path)
            try setAttribute("security.test", [2], of: path)
        }
        try tree.run()
        for name in ["file", "directory"] {
            #expect(attribute("user.large", of: tree.copy.appending(name)) == large)
            #expect(attribute("user.empty", of: tree.copy.appending(name)) == [])
        }
        for name in ["file", "directory", "link"] {
            #expect(attribute("trusted.test", of: tree.copy.appending(name)) == [0, 1, 0])
            #expect(attribute("security.test", of: tree.copy.appending(name)) == [2])
        }
    }

    @Test(arguments: [0o4755, 0o2755, 0o1777, 0o7000, 0o0000, 0o6555] as [mode_t])
    func modeSurvivesTheChangeOfOwner(_ mode: mode_t) throws {
        let tree = try TreeFixture()
        for path in [try tree.file("file"), try tree.directory("directory")] {
            try systemCall("chown", path) { chown($0, 1001, 1002) }
            try systemCall("chmod", path) { chmod($0, mode) }
        }
        try tree.run()
        for name in ["file", "directory"] {
            let copy = try look(tree.copy.appending(name))
            #expect(copy.st_mode & 0o7777 == mode)
            #expect(copy.st_uid == 1001 && copy.st_gid == 1002)
        }
    }

    @Test func groupOfASetGroupDirectoryIsNotInherited() throws {
        let tree = try TreeFixture()
        let directory = try tree.directory("directory")
        try tree.directory("directory/below")
        try systemCall("chown", directory) { chown($0, 0, 50) }
        try systemCall("chmod", directory) { chmod($0, 0o2775) }
        try systemCall("chown", tree.copy) { chown($0, 0, 51) }
        try systemCall("chmod", tree.copy) { chmod($0, 0o2775) }
        try tree.run()
        #expect(try look(tree.copy).st_mode & 0o7777 == 0o755)
        #expect(try look(tree.copy.appending("directory")).st_mode & 0o7777 == 0o2775)
        let below = try look(tree.copy.appending("directory/below"))
        #expect(below.st_mode & 0o7777 == 0o755 && below.st_gid == 0)
    }

    struct Time: CustomTestStringConvertible {
        let seconds: Int
        let nanoseconds: Int
        var testDescription: String { "\(seconds).\(nanoseconds)" }
    }

    // ext4 keeps what fits into 34 bits from 1901 on ("Inode Timestamps" in the kernel's ext4 documentation).
    @Test(arguments: [
        Time(seconds: 0, nanoseconds: 0), Time(seconds: 0, nanoseconds: 999_999_999),
        Time(seconds: -1, nanoseconds: 1), Time(seconds: -2_000_000_000, nanoseconds: 123_456_789),
        Time(seconds: 1_700_000_000, nanoseconds: 123_456_789), Time(seconds: 2_147_483_648, nanoseconds: 5),
        Time(seconds: 4_294_967_296, nanoseconds: 7),
    ])
    func timesAreCopied(_ time: Time) throws {
        let tree = try TreeFixture()
        try tree.directory("directory")
        try tree.directory("directory/below")
        try tree.file("directory/below/file", "content")
        try Files.makeLink(to: "file", at: tree.source.appending("link"))
        try systemCall("mkfifo") { mkfifo(tree.source.appending("pipe").string, 0o600) }
        let names = ["directory/below/file", "link", "pipe", "directory/below", "directory", ""]
        for name in names {
            try setTimes(
                of: tree.source.pushing(FilePath(name)), seconds: time.seconds, nanoseconds: time.nanoseconds)
        }
        try tree.run()
        for name in names {
            let copy = try look(tree.copy.pushing(FilePath(name)))
            #expect(
                copy.st_mtim.tv_sec == time.seconds && copy.st_mtim.tv_nsec == time.nanoseconds, "\(name)")
            #expect(
                copy.st_atim.tv_sec == time.seconds && copy.st_atim.tv_nsec == time.nanoseconds, "\(name)")
        }
    }
}
