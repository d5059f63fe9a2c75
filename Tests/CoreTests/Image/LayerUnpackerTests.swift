import CLinux
import Glibc
import SystemPackage
import Testing

@testable import DriverKit
@testable import Host
@testable import Layers
@testable import Tree

@Suite("Unpacking layers")
struct LayerUnpackerTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private static let device = DeletionFormat.device(opaqueAttribute: "trusted.overlay.opaque")
    private static let formats: [DeletionFormat] = [.prefix, device, .none]

    private func unpack(
        _ bytes: [UInt8], into root: FilePath, _ format: DeletionFormat = .none, on parents: [FilePath] = [],
        usingOpenAt2: Bool = true
    ) throws {
        let tree = try LayerDirectory(root, usingOpenAt2: usingOpenAt2)
        try LayerUnpacker.unpack(
            MemorySource(bytes), expecting: SHA256Hasher.digest(of: bytes), into: tree, on: parents,
            deletionFormat: format)
    }

    /// A whole tree from "below", and then this layer on top.
    private func stack(_ root: FilePath, _ build: (inout ArchiveBuilder) throws -> Void) throws {
        let lower = try ArchiveBuilder.make {
            try $0.directory("d")
            try $0.file("d/old", "old")
            try $0.directory("d/sub")
            try $0.file("d/sub/old", "old")
            try $0.file("f", "old")
            try $0.symlink("link", to: "d")
        }
        try unpack(lower, into: root)
        try unpack(try ArchiveBuilder.make(build), into: root)
    }

    /// A layer directory with these entries and nothing below it; the format does not matter.
    private func lower(_ build: (inout ArchiveBuilder) throws -> Void) throws -> FilePath {
        let root = try directory.directory("lower")
        try unpack(try ArchiveBuilder.make(build), into: root)
        return root
    }

    @Test("deletions in the form of files")
    func prefix() throws {
        let root = try directory.directory("root")
        let lower = try lower { for name in ["gone", "pair", "dir/x"] { try $0.file(name, "old") } }
        let bytes = try ArchiveBuilder.make {
            try $0.file(".wh.gone")
            try $0.file("d/.wh..wh..opq")
            try $0.file("d/new")
            // A pair in either order: the file of the layer itself stays visible.
            try $0.file(".wh.pair")
            try $0.file("pair", "new")
            try $0.directory("dir")
            try $0.file(".wh.dir")
        }
        try unpack(bytes, into: root, .prefix, on: [lower])
        for name in [".wh.gone", "d/.wh..wh..opq", "d/new", "pair", "dir/.wh..wh..opq"] {
            #expect(try status(root.appending(name)) != nil, "\(name)")
        }
        #expect(try status(root.appending(".wh.pair")) == nil)
        #expect(try status(root.appending(".wh.dir")) == nil)
    }

    @Test("deletions in the form of devices and attributes")
    func devices() throws {
        let root = try directory.directory("root")
        let lower = try lower { for name in ["gone", "pair", "dir/x"] { try $0.file(name, "old") } }
        let bytes = try ArchiveBuilder.make {
            try $0.file(".wh.gone")
            try $0.file("d/.wh..wh..opq")
            try $0.file(".wh.pair")
            try $0.file("pair", "new")
            try $0.file(".wh.dir")
            try $0.file("dir/new")
        }
        try unpack(bytes, into: root, Self.device, on: [lower])
        #expect(try status(root.appending("gone"))?.isWhiteout == true)
        #expect(try status(root.appending("pair"))?.isWhiteout == false)
        for name in ["d", "dir"] {
            let file = try Descriptor(root.appending(name), O_RDONLY)
            let names = try FileMetadata.attributeNames(of: file.rawValue)
            #expect(names.contains("trusted.overlay.opaque"), "\(name)")
        }
        #expect(try status(root.appending("d/.wh..wh..opq")) == nil)
        #expect(try status(root.appending("dir/new")) != nil)
    }

    @Test("deletions in a whole tree spare what the layer brings")
    func wholeTree() throws {
        let root = try directory.directory("root")
        try stack(root) {
            try $0.file("d/new", "new")
            try $0.file("d/.wh..wh..opq")
            try $0.file("d/sub/new", "new")
            try $0.file("f", "new")
            try $0.file(".wh.f")
            try $0.file(".wh.link")
            try $0.file(".wh.never")
        }
        #expect(try status(root.appending("d/old")) == nil)
        #expect(try status(root.appending("d/sub/old")) == nil)
        #expect(try text(root.appending("d/new")) == "new")
        #expect(try text(root.appending("d/sub/new")) == "new")
        #expect(try text(root.appending("f")) == "new")
        #expect(try status(root.appending("link")) == nil)
    }

    @Test("a lower link leads where it leads, and a lower file in the way of a directory is replaced")
    func lowerLink() throws {
        let root = try directory.directory("root")
        try stack(root) {
            try $0.file("link/new", "new")
            try $0.file("f/below", "new")
        }
        #expect(try linkTarget(root.appending("link")) == "d")
        #expect(try text(root.appending("d/new")) == "new")
        #expect(try text(root.appending("f/below")) == "new")
        try unpack(try ArchiveBuilder.make { try $0.file("d", "now a file") }, into: root)
        #expect(try text(root.appending("d")) == "now a file")
    }

    @Test("S1: names cannot leave the directory", arguments: formats)
    func upwards(format: DeletionFormat) throws {
        let root = try directory.directory("root")
        for name in ["../evil", "a/../../evil", "..", "a/..", "/../evil"] {
            let bytes = try ArchiveBuilder.make { try $0.file(name, "evil") }
            #expect(throws: ImageError.self, "\(name)") { try unpack(bytes, into: root, format) }
        }
        try unpack(try ArchiveBuilder.make { try $0.file("//abs//./file", "x") }, into: root, format)
        #expect(try text(root.appending("abs/file")) == "x")
        #expect(try status(directory.path.appending("evil")) == nil)
    }

    @Test("S2, S3, S4: links lead nowhere", arguments: formats, [true, false])
    func links(format: DeletionFormat, usingOpenAt2: Bool) throws {
        let root = try directory.directory("root")
        let outside = try directory.directory("outside")
        try directory.write("outside/victim", "safe")
        func attack(isRefused: Bool = false, _ build: (inout ArchiveBuilder) throws -> Void) throws {
            try TreeRemoval.remove(root)
            _ = try directory.directory("root")
            let bytes = try ArchiveBuilder.make {
                try $0.symlink("out", to: outside.string)
                try $0.symlink("up", to: "../../outside")
                try build(&$0)
            }
            if isRefused {
                #expect(throws: ImageError.self) {
                    try unpack(bytes, into: root, format, usingOpenAt2: usingOpenAt2)
                }
            } else {
                try unpack(bytes, into: root, format, usingOpenAt2: usingOpenAt2)
            }
        }
        for (link, place) in [("out", outside.string), ("up", "/outside")] {
            let inside = FilePath(root.string + place)
            try attack { try $0.file("\(link)/victim", "mine") }
            #expect(try text(inside.appending("victim")) == "mine")
            try attack { try $0.directory("\(link)/made") }
            #expect(try status(inside.appending("made"))?.isDirectory == true)
            try attack { try $0.symlink("\(link)/made", to: "x") }
            #expect(try linkTarget(inside.appending("made")) == "x")
            try attack(isRefused: true) { try $0.hardLink("stolen", to: "\(link)/victim") }
            try attack { try $0.file("\(link)/.wh.victim") }
            try attack { try $0.file("\(link)/.wh..wh..opq") }
        }
        try attack(isRefused: true) { try $0.hardLink("stolen", to: "../outside/victim") }
        try attack(isRefused: true) { try $0.hardLink("stolen", to: outside.appending("victim").string) }
        #expect(try text(outside.appending("victim")) == "safe")
        #expect(try Files.list(outside) == ["victim"])
        // The last component is replaced, never followed.
        let bytes = try ArchiveBuilder.make {
            try $0.symlink("l", to: outside.appending("victim").string)
            try $0.file("l", "mine")
            try $0.symlink("m", to: outside.string)
            try $0.directory("m")
        }
        try unpack(bytes, into: root, format, usingOpenAt2: usingOpenAt2)
        #expect(try text(root.appending("l")) == "mine")
        #expect(try status(root.appending("m"))?.isDirectory == true)
        #expect(try text(outside.appending("victim")) == "safe")
    }

    @Test("S9: marks of file systems are refused or left out", .needsUserAttributes, arguments: formats)
    func forgedMarks(format: DeletionFormat) throws {
        let root = try directory.directory("root")
        for name in [".wh.", ".wh..", ".wh...", ".wh.d/x", "d/.wh..wh..opq/x"] {
            let bytes = try ArchiveBuilder.make { try $0.file(name) }
            #expect(throws: ImageError.self, "\(name)") { try unpack(bytes, into: root, format) }
        }
        for name in [
            ".wh..wh.aufs", ".wh..wh.plnk", "d/.wh..wh.orph", ".wh..wh.orph/x/y", ".wh..wh.plnk/1.2",
            ".wh..wh.plnk/1/2",
        ] {
            try unpack(try ArchiveBuilder.make { try $0.file(name) }, into: root, format)
            #expect(try Files.list(root) == [], "\(name)")
        }
        let device = try ArchiveBuilder.make { try $0.add("null", .characterDevice(major: 0, minor: 0)) }
        #expect(throws: ImageError.self) { try unpack(device, into: root, format) }
        let forged = [
            "trusted.overlay.opaque", "trusted.overlay.redirect", "user.overlay.opaque", "user.mine",
        ]
        let bytes = try ArchiveBuilder.make {
            try $0.add("d", .directory, attributes: forged.map { ExtendedAttribute(name: $0, value: [121]) })
        }
        try unpack(bytes, into: root, format)
        let file = try Descriptor(root.appending("d"), O_RDONLY)
        // Elsewhere they mean nothing, and are attributes like any other.
        let expected = format == Self.device ? ["user.mine"] : forged.sorted()
        #expect(try FileMetadata.attributeNames(of: file.rawValue).sorted() == expected)
    }

    @Test("S10: a wrong digest, a cut, an unknown type")
    func wrongContent() throws {
        let root = try directory.directory("root")
        let bytes = try ArchiveBuilder.make { try $0.file("a", "x") }
        let wrong = SHA256Hasher.digest(of: [1])
        let blob = try directory.file("blob", bytes)
        func open() throws -> Descriptor { try Descriptor(blob, O_RDONLY) }
        let type = MediaType.layer
        let error = #expect(throws: ImageError.self) {
            try LayerUnpacker.unpack(
                try open(), mediaType: type, expecting: wrong, into: root, deletionFormat: .prefix)
        }
        let actual = SHA256Hasher.digest(of: bytes)
        #expect(error == .digestMismatch(content: "the layer", expected: wrong, actual: actual))
        #expect(throws: ImageError.self) {
            try LayerUnpacker.unpack(
                try open(), mediaType: "text/plain", expecting: actual, into: root, deletionFormat: .prefix)
        }
        // How it is compressed, its first bytes tell.
        for type in ["application/vnd.oci.image.layer.v1.tar+zstd", type + "+gzip"] {
            try LayerUnpacker.unpack(
                try open(), mediaType: type, expecting: actual, into: root, deletionFormat: .prefix)
        }
    }

    @Test("modes, owners, times and capabilities, whatever the umask")
    func metadata() throws {
        let root = try directory.directory("root")
        // VFS_CAP_REVISION_2 with cap_net_raw, as setcap(8) writes it.
        let capability: [UInt8] = [1, 0, 0, 2, 0, 0x20, 0, 0] + [UInt8](repeating: 0, count: 12)
        let time = TarTime(seconds: -5, nanoseconds: 123_456_789)
        let bytes = try ArchiveBuilder.make {
            try $0.add("d", .directory, mode: 0o3777, modified: time)
            let attributes = [ExtendedAttribute(name: "security.capability", value: capability)]
            let empty = TarEntry.Kind.file(size: 0, segments: nil)
            try $0.add("d/suid", empty, mode: 0o6777, modified: time, attributes: attributes)
            try $0.add("d/link", .symbolicLink(target: [0x78]), modified: time)
            try $0.add("d/fifo", .fifo, mode: 0o666, modified: time)
            try $0.add("d/tty", .characterDevice(major: 5, minor: 0), mode: 0o622, modified: time)
            try $0.hardLink("d/same", to: "d/suid")
            try $0.hardLink("d/suid", to: "d/same")
        }
        try unpack(bytes, into: root, Self.device)
        for (name, mode) in [("d", 0o3777), ("d/suid", 0o6777), ("d/fifo", 0o666), ("d/tty", 0o622)] {
            let found = try #require(try status(root.appending(name)))
            #expect(Int(found.raw.st_mode & 0o7777) == mode, "\(name)")
        }
        for name in ["d", "d/suid", "d/link", "d/fifo", "d/tty"] {
            #expect(try status(root.appending(name))?.modified == time, "\(name)")
        }
        #expect(try status(root.appending("d/suid"))?.raw.st_nlink == 2)
        #expect(try status(root.appending("d/tty"))?.raw.st_rdev == 0x500)
        let file = try Descriptor(root.appending("d/suid"), O_RDONLY)
        #expect(try FileMetadata.attributeNames(of: file.rawValue) == ["security.capability"])
    }
}
