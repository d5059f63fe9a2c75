import CLinux
import Glibc
import SystemPackage
import Testing

@testable import Core

/// Every test makes something, copies its directory, and compares.
@Suite(.enabled(if: geteuid() == 0, "owners, devices and trusted attributes need root"))
struct TreeCopyTests {
    private let directory: TemporaryDirectory
    private let source: FilePath
    private let target: FilePath

    init() throws {
        directory = try TemporaryDirectory()
        source = try directory.directory("source")
        target = try directory.directory("target")
    }

    private func expectSame(_ name: String) throws {
        try TreeCopy.copy(source, into: target)
        #expect(try FileFacts(target.appending(name)) == FileFacts(source.appending(name)))
    }

    private func call(_ name: String, _ path: FilePath, _ body: (UnsafePointer<CChar>) -> Int32) throws {
        try systemCall(name, path, body)
    }

    private func setAttribute(_ name: String, _ value: [UInt8], on path: FilePath) throws {
        try call("setxattr", path) { setxattr($0, name, value, value.count, 0) }
    }

    @Test("C12: hard links stay links, among themselves only")
    func hardLinks() throws {
        try directory.write("source/a", "x")
        let sub = try directory.directory("source/sub")
        try call("link", source.appending("a")) { a in
            sub.appending("b").withPlatformString { link(a, $0) }
        }
        try expectSame("a")
        let inodes = [target.appending("a"), target.appending("sub/b")].map { Files.status($0)?.st_ino }
        #expect(inodes[0] != nil && inodes[0] == inodes[1])
        #expect(inodes[0] != Files.status(source.appending("a"))?.st_ino)
    }

    @Test("C20: a sparse file of 1 TiB keeps its holes")
    func sparse() throws {
        let path = try directory.file("source/sparse", [])
        let file = try Descriptor(path, O_WRONLY)
        try systemCall("ftruncate") { ftruncate(file.rawValue, 1 << 40) }
        try systemCall("pwrite") { pwrite(file.rawValue, "middle", 6, 5 << 30) }
        try expectSame("sparse")
        let copy = try Descriptor(target.appending("sparse"), O_RDONLY)
        var bytes = [UInt8](repeating: 0, count: 6)
        try systemCall("pread") { pread(copy.rawValue, &bytes, 6, 5 << 30) }
        #expect(bytes == Array("middle".utf8))
    }

    @Test("contents of every size around a page and a buffer", arguments: [1, 4095, 4096, 4097, 300_000])
    func contents(size: Int) throws {
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try directory.file("source/data", bytes)
        try expectSame("data")
        #expect(try Files.read(target.appending("data")) == Files.read(source.appending("data")))
    }

    @Test("C15, C16: setuid, setgid, sticky and capabilities survive the change of owner")
    func privileges() throws {
        let file = try directory.file("source/program", [1])
        try call("chown", file) { chown($0, 5, 6) }
        try call("chmod", file) { chmod($0, 0o6755) }
        // struct vfs_cap_data of linux/capability.h, revision 2, effective, CAP_NET_BIND_SERVICE.
        try setAttribute(
            "security.capability", [1, 0, 0, 2, 0, 4] + Array(repeating: 0, count: 14), on: file)
        try expectSame("program")
        let sticky = try directory.directory("source/sticky")
        try call("chmod", sticky) { chmod($0, 0o1777) }
        let other = try directory.directory("other")
        try TreeCopy.copy(source, into: other)
        #expect(try FileFacts(other.appending("sticky")).mode == S_IFDIR | 0o1777)
    }

    @Test("C17: attributes of the user and trusted namespaces, of files and directories")
    func attributes() throws {
        let path = try directory.directory("source/d")
        try setAttribute("user.mine", [1, 0, 2], on: path)
        try setAttribute("trusted.mine", [], on: path)
        try expectSame("d")
    }

    @Test("C18: ACLs and default ACLs")
    func accessControlLists() throws {
        // posix_acl_xattr: version 2; owner, user 7, group, mask and others.
        var list: [UInt8] = [2, 0, 0, 0]
        for (tag, permissions, id) in [(1, 7, -1), (2, 5, 7), (4, 5, -1), (16, 5, -1), (32, 0, -1)] {
            list += [UInt8(tag), 0, UInt8(permissions), 0]
            withUnsafeBytes(of: Int32(id).littleEndian) { list += Array($0) }
        }
        let path = try directory.directory("source/d")
        try setAttribute("system.posix_acl_access", list, on: path)
        try setAttribute("system.posix_acl_default", list, on: path)
        try directory.write("source/d/inside", "")
        try expectSame("d")
        #expect(
            try FileFacts(target.appending("d/inside")) == FileFacts(source.appending("d/inside")))
    }

    @Test(
        "C19: times to the nanosecond: epoch, before it, after 2038",
        arguments: [(0, 0), (-5, 3), (4_102_444_800, 999_999_999), (1, 1)])
    func times(seconds: Int, nanoseconds: Int) throws {
        try directory.write("source/file", "")
        try call("symlink", source.appending("link")) { symlink("nowhere", $0) }
        _ = try directory.directory("source/d")
        try directory.write("source/d/later", "")
        let time = timespec(tv_sec: seconds, tv_nsec: nanoseconds)
        for name in ["file", "link", "d"] {
            try call("utimensat", source.appending(name)) {
                utimensat(AT_FDCWD, $0, [time, time], AT_SYMLINK_NOFOLLOW)
            }
        }
        try TreeCopy.copy(source, into: target)
        for name in ["file", "link", "d"] {
            #expect(try FileFacts(target.appending(name)) == FileFacts(source.appending(name)), "\(name)")
        }
    }

    @Test("C21: pipes, sockets and devices")
    func specialFiles() throws {
        for (name, type) in [
            ("pipe", Glibc.S_IFIFO), ("socket", S_IFSOCK), ("null", S_IFCHR), ("disk", S_IFBLK),
        ] {
            try call("mknod", source.appending(name)) { clx_mknodat(AT_FDCWD, $0, type | 0o640, 1, 3) }
        }
        try TreeCopy.copy(source, into: target)
        for name in ["pipe", "socket", "null", "disk"] {
            #expect(try FileFacts(target.appending(name)) == FileFacts(source.appending(name)), "\(name)")
        }
    }

    @Test("links are copied, not followed")
    func links() throws {
        try directory.write("outside", "secret")
        try call("symlink", source.appending("link")) { symlink("../outside", $0) }
        try expectSame("link")
    }

    @Test("the root directory's own metadata")
    func root() throws {
        try call("chown", source) { chown($0, 3, 4) }
        try call("chmod", source) { chmod($0, 0o2750) }
        try setAttribute("user.root", [9], on: source)
        try expectSame(".")
    }
}
