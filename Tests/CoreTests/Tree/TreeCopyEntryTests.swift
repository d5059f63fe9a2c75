import CLinux
import Glibc
import SystemPackage
import Testing

@testable import Host
@testable import Tree

@Suite("A copy of a tree", isRoot)
struct TreeCopyEntryTests {
    @Test func hardLinksStayLinks() throws {
        let tree = try TreeFixture()
        try tree.directory("a")
        try tree.directory("b")
        let first = try tree.file("a/first", "content")
        let source = tree.source
        for name in ["a/second", "b/third", "fourth"] {
            try systemCall("link") { link(first.string, source.appending(name).string) }
        }
        try systemCall("symlink") { symlink("x", source.appending("link").string) }
        try systemCall("link") {
            linkat(AT_FDCWD, source.appending("link").string, AT_FDCWD, source.appending("b/link").string, 0)
        }
        try tree.run()
        let copies = try ["a/first", "a/second", "b/third", "fourth"].map {
            try look(tree.copy.appending($0))
        }
        #expect(Set(copies.map(\.st_ino)).count == 1)
        #expect(copies.allSatisfy { $0.st_nlink == 4 })
        #expect(copies[0].st_ino != (try look(first)).st_ino)
        #expect(try text(tree.copy.appending("b/third")) == "content")
        #expect(try look(tree.copy.appending("link")).st_ino == look(tree.copy.appending("b/link")).st_ino)
    }

    @Test func linkToAFileOutsideIsAFile() throws {
        let tree = try TreeFixture()
        let outside = try tree.temporary.file("outside", [1, 2, 3])
        try systemCall("link") { link(outside.string, tree.source.appending("file").string) }
        try tree.run()
        #expect(try contents(tree.copy.appending("file")) == [1, 2, 3])
        #expect(try look(tree.copy.appending("file")).st_nlink == 1)
    }

    @Test func symbolicLinksAreCopiedAsTheyAre() throws {
        let tree = try TreeFixture()
        let long = String(repeating: "x/", count: 2047)
        let targets = ["/etc/passwd", "../..", "nothing", long]
        for (number, target) in targets.enumerated() {
            try systemCall("symlink") { symlink(target, tree.source.appending("link\(number)").string) }
        }
        try systemCall("lchown") { lchown(tree.source.appending("link0").string, 12, 34) }
        try tree.run()
        for (number, target) in targets.enumerated() {
            #expect(try linkTarget(tree.copy.appending("link\(number)")) == target)
        }
        let copy = try look(tree.copy.appending("link0"))
        #expect(copy.st_uid == 12 && copy.st_gid == 34)
    }

    struct Node: CustomTestStringConvertible {
        let name: String
        let type: mode_t
        var device: (major: UInt32, minor: UInt32) = (0, 0)
        var testDescription: String { name }
    }

    @Test(arguments: [
        Node(name: "pipe", type: S_IFIFO), Node(name: "socket", type: S_IFSOCK),
        Node(name: "character device", type: S_IFCHR, device: (1, 3)),
        Node(name: "block device", type: S_IFBLK, device: (259, 70_000)),
        Node(name: "device 0:0", type: S_IFCHR),
    ])
    func nodesAreCopied(_ node: Node) throws {
        let tree = try TreeFixture()
        let path = tree.source.appending(node.name)
        try systemCall("mknod", path) {
            clx_mknodat(AT_FDCWD, $0, node.type | 0o600, node.device.major, node.device.minor)
        }
        try systemCall("chown", path) { chown($0, 5, 6) }
        try systemCall("chmod", path) { chmod($0, 0o6751) }
        try setAttribute("trusted.test", [7], of: path)
        try tree.run()
        let copy = try look(tree.copy.appending(node.name))
        #expect(copy.st_mode == node.type | 0o6751)
        #expect(copy.st_rdev == (try look(path)).st_rdev)
        #expect(copy.st_uid == 5 && copy.st_gid == 6)
        #expect(attribute("trusted.test", of: tree.copy.appending(node.name)) == [7])
    }

    static let oddNames: [[UInt8]] = [
        Array("ünïcödé".utf8), [0xFF, 0xFE], Array("a\nb".utf8), Array("-rf *".utf8), Array("...".utf8),
        [UInt8](repeating: 0x78, count: 255), Array(".wh.x".utf8), Array(" ".utf8), Array("\\:,=".utf8),
        [0x01],
    ]

    @Test func namesAreCopiedByteForByte() throws {
        let tree = try TreeFixture()
        let from = try Descriptor(tree.source, O_RDONLY | O_DIRECTORY)
        for bytes in Self.oddNames {
            let name = EntryName(bytes.map(CChar.init(bitPattern:)))
            try systemCall("mkdir") { mkdirat(from.rawValue, name.bytes, 0o755) }
            let directory = try MountBoundary.cross(name, in: from.rawValue, O_RDONLY | O_DIRECTORY)
            try systemCall("symlink") { symlinkat(name.bytes, directory.rawValue, name.bytes) }
        }
        try tree.run()
        let to = try Descriptor(tree.copy, O_RDONLY | O_DIRECTORY)
        let copied = try DirectoryEntry.all(in: to.rawValue).map(\.name)
        let wanted = Self.oddNames.map { EntryName($0.map(CChar.init(bitPattern:))) }
        #expect(Set(copied) == Set(wanted))
        for name in wanted {
            let directory = try MountBoundary.cross(name, in: to.rawValue, O_RDONLY | O_DIRECTORY)
            #expect(try DirectoryEntry.all(in: directory.rawValue).map(\.name) == [name])
        }
    }

    @Test(.needsUserAttributes) func emptyTreeKeepsItsRoot() throws {
        let tree = try TreeFixture()
        try systemCall("chown", tree.source) { chown($0, 3, 4) }
        try systemCall("chmod", tree.source) { chmod($0, 0o1770) }
        try setAttribute("user.test", [1, 2], of: tree.source)
        try setTimes(of: tree.source, seconds: 1_000_000_000, nanoseconds: 5)
        try tree.run()
        let root = try look(tree.copy)
        #expect(root.st_mode & 0o7777 == 0o1770)
        #expect(root.st_uid == 3 && root.st_gid == 4)
        #expect(root.st_mtim.tv_sec == 1_000_000_000 && root.st_mtim.tv_nsec == 5)
        #expect(attribute("user.test", of: tree.copy) == [1, 2])
    }

    @Test func directoryOfAHundredThousandFilesIsCopiedAndRemoved() throws {
        let tree = try TreeFixture()
        let from = try Descriptor(tree.source, O_RDONLY | O_DIRECTORY)
        for number in 0..<100_000 {
            try systemCall("mknod") { mknodat(from.rawValue, "file\(number)", S_IFREG | 0o644, 0) }
        }
        try tree.run()
        #expect(try Files.list(tree.copy).count == 100_000)
        try TreeRemoval.remove(tree.copy)
        #expect(!Files.exists(tree.copy))
    }

    @Test func copyIntoItselfIsRefused() throws {
        let tree = try TreeFixture()
        try tree.directory("store")
        let inside = try tree.directory("store/copy")
        let refusal = TreeError.containsItsCopy(tree: tree.source, path: inside)
        #expect(throws: refusal) { try TreeCopy.copy(tree.source, into: inside) }
        #expect(throws: TreeError.containsItsCopy(tree: tree.source, path: tree.source)) {
            try TreeCopy.copy(tree.source, into: tree.source)
        }
    }

    @Test func errorNamesTheCallAndThePlace() throws {
        let tree = try TreeFixture()
        try tree.directory("a")
        try tree.file("a/file")
        let existing = try tree.temporary.directory("copy/a")
        let error = #expect(throws: TreeError.self) { try tree.run() }
        #expect(error == .failed(call: "mkdir", tree: tree.source, path: "a", errno: .fileExists))
        #expect(Files.exists(existing))
        #expect(error?.explanation.problem == "mkdir \(tree.source)/a: File exists")
    }

    @Test func missingSourceIsAnError() throws {
        let tree = try TreeFixture()
        let missing = tree.source.appending("missing")
        let error = #expect(throws: TreeError.self) { try TreeCopy.copy(missing, into: tree.copy) }
        #expect(error?.errno == .noSuchFileOrDirectory)
    }

    @Test func sourceMayBeALinkToADirectoryAndTheCopyMayNot() throws {
        let tree = try TreeFixture()
        try tree.file("file")
        let link = tree.temporary.path.appending("link")
        try Files.makeLink(to: "source", at: link)
        try TreeCopy.copy(link, into: tree.copy)
        #expect(Files.exists(tree.copy.appending("file")))
        let other = try tree.temporary.directory("other")
        #expect(throws: TreeError.self) { try TreeCopy.copy(other, into: link) }
    }

    @Test func noDescriptorIsLeftOpen() throws {
        let tree = try TreeFixture()
        try makeChain(20, named: "d", in: tree.source)
        // Tests run side by side and have their own descriptors open: a leak would be one for each directory.
        let before = try openDescriptors()
        for _ in 0..<20 {
            try tree.run()
            try TreeRemoval.remove(tree.copy)
            try Files.makeDirectory(tree.copy)
        }
        #expect(try openDescriptors() < before + 400)
    }
}

/// Sets both times of a file itself.
func setTimes(of path: FilePath, seconds: Int, nanoseconds: Int) throws {
    let time = timespec(tv_sec: seconds, tv_nsec: nanoseconds)
    try systemCall("utimensat", path) { utimensat(AT_FDCWD, $0, [time, time], AT_SYMLINK_NOFOLLOW) }
}
