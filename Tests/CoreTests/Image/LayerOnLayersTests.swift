import CLinux
import Glibc
import SystemPackage
import Testing

@testable import DriverKit
@testable import Host
@testable import Layers
@testable import Tree

/// What a layer becomes because of the layers below it, in every form of deletions.
@Suite("Layers on layers")
struct LayerOnLayersTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// Unpacks layers one on the other; the uppermost is the last.
    ///
    /// - Returns: the layer directories, the nearest first; a whole tree is one.
    private func stack(
        _ format: DeletionFormat, _ layers: ((inout ArchiveBuilder) throws -> Void)...
    ) throws -> [FilePath] {
        var made: [FilePath] = []
        for (number, build) in layers.enumerated() {
            let isNew = format != .none || made.isEmpty
            let layer =
                isNew ? try directory.directory("\(format)-\(number)".replacing("/", with: "")) : made[0]
            let bytes = try ArchiveBuilder.make(build)
            try LayerUnpacker.unpack(
                MemorySource(bytes), expecting: SHA256Hasher.digest(of: bytes), into: LayerDirectory(layer),
                on: format == .none ? [] : made, deletionFormat: format)
            if isNew { made.insert(layer, at: 0) }
        }
        return made
    }

    /// Everything that is in a layer directory.
    private func names(_ layer: FilePath, _ place: String = "") throws -> Set<String> {
        var result: Set<String> = []
        for name in try Files.list(layer) {
            result.insert(place + name)
            let path = layer.appending(FilePath(name).components)
            if Files.isDirectory(path) { result.formUnion(try names(path, "\(place)\(name)/")) }
        }
        return result
    }

    @Test(
        "A directory that only files name is as the layers below have it", .needsUserAttributes,
        arguments: DeletionFormat.all)
    func impliedDirectories(format: DeletionFormat) throws {
        let time = TarTime(seconds: 77, nanoseconds: 5)
        let note = ExtendedAttribute(name: "user.note", value: [1])
        let layers = try stack(format) {
            try $0.add("tmp", .directory, mode: 0o1777, modified: time, attributes: [note])
            try $0.add("tmp/in", .directory, mode: 0o700, modified: time)
        } _: {
            try $0.file("other")
        } _: {
            try $0.file("tmp/in/file", "x")
            try $0.file("new/file", "x")
        }
        for (name, mode) in [("tmp", 0o1777), ("tmp/in", 0o700)] {
            let found = try #require(try status(layers[0].appending(name)))
            #expect(Int(found.raw.st_mode & 0o7777) == mode, "\(name)")
            #expect(found.modified == time, "\(name)")
        }
        let attributes = try Descriptor(layers[0].appending("tmp"), O_RDONLY)
        #expect(try FileMetadata.attributeNames(of: attributes.rawValue) == ["user.note"])
        #expect(try status(layers[0].appending("new"))?.raw.st_mode == S_IFDIR | 0o755)
    }

    @Test("A directory that the layer deletes and implies is a new one", arguments: DeletionFormat.all)
    func impliedAfterDeletion(format: DeletionFormat) throws {
        let layers = try stack(format) {
            try $0.add("d", .directory, mode: 0o700)
            try $0.file("d/old")
        } _: {
            try $0.file(".wh.d")
            try $0.file("d/new")
        }
        #expect(try status(layers[0].appending("d"))?.raw.st_mode == S_IFDIR | 0o755)
        if format == .none { #expect(try names(layers[0]) == ["d", "d/new"]) }
    }

    @Test("A deletion of nothing leaves no mark", arguments: DeletionFormat.all)
    func marksOfNothing(format: DeletionFormat) throws {
        let layers = try stack(format) {
            try $0.file("d/old")
            try $0.file("e/x")
            try $0.symlink("l", to: "d")
            try $0.file("twice")
        } _: {
            try $0.file(".wh.twice")
            try $0.file("e/.wh..wh..opq")
        } _: {
            try $0.file("d/.wh..wh..opq")
            try $0.file("d/.wh.old")
            try $0.file("d/.wh.never")
            try $0.file("n/.wh.gone")
            try $0.file("e/.wh.x")
            try $0.file(".wh.twice")
            try $0.file("d/new")
        }
        let marks = try names(layers[0]).filter { $0.contains(".wh.") && !$0.contains("opq") }
        #expect(marks.isEmpty, "\(marks)")
        for name in ["d/old", "d/never", "n/gone", "e/x", "twice"] {
            #expect(try status(layers[0].appending(FilePath(name).components)) == nil, "\(name)")
        }
    }

    @Test(
        "A hard link may lead to a file of a layer below", .needsUserAttributes, arguments: DeletionFormat.all
    )
    func linkToLower(format: DeletionFormat) throws {
        let time = TarTime(seconds: 5, nanoseconds: 6)
        let layers = try stack(format) {
            try $0.add("d", .directory, mode: 0o711)
            try $0.file("d/file", "hidden")
            try $0.file("gone", "hidden")
            try $0.symlink("way", to: "/d")
        } _: {
            let note = ExtendedAttribute(name: "user.note", value: [1])
            try $0.add(
                "d/file", .file(size: 4, segments: nil), mode: 0o4751, modified: time, attributes: [note])
            $0.data(Array("data".utf8))
            try $0.symlink("link", to: "nowhere")
            try $0.file(".wh.gone")
        } _: {
            try $0.hardLink("second", to: "d/file")
            try $0.hardLink("third", to: "way/file")
            try $0.hardLink("same", to: "link")
        }
        let top = layers[0]
        for name in ["second", "third", "d/file"] {
            let found = try #require(try status(top.appending(FilePath(name).components)), "\(name)")
            #expect(
                found.raw.st_nlink == 3 && found.raw.st_mode == S_IFREG | 0o4751 && found.modified == time)
            #expect(try text(top.appending(FilePath(name).components)) == "data")
        }
        let file = try Descriptor(top.appending("second"), O_RDONLY)
        #expect(try FileMetadata.attributeNames(of: file.rawValue) == ["user.note"])
        #expect(try linkTarget(top.appending("same")) == "nowhere")
        #expect(try status(top.appending("d"))?.raw.st_mode == S_IFDIR | 0o711)
        for target in ["gone", "d", "never"] {
            #expect(throws: ImageError.self) {
                _ = try LayerOnLayersTests().stack(format) {
                    try $0.directory("d")
                    try $0.file("gone")
                } _: {
                    try $0.file(".wh.gone")
                } _: {
                    try $0.hardLink("x", to: target)
                }
            }
        }
    }

    @Test(
        "A lower file that a link needs and the layer deletes is gone under its own name",
        arguments: DeletionFormat.all)
    func linkToDeleted(format: DeletionFormat) throws {
        let layers = try stack(format) {
            try $0.file("orig", "data")
            try $0.file("d/orig", "more")
        } _: {
            try $0.hardLink("second", to: "orig")
            try $0.hardLink("third", to: "d/orig")
            try $0.file(".wh.orig")
            try $0.file("d/.wh..wh..opq")
        }
        #expect(try text(layers[0].appending("second")) == "data")
        #expect(try text(layers[0].appending("third")) == "more")
        let left = try status(layers[0].appending("orig"))
        if case .device = format { #expect(left?.isWhiteout == true) } else { #expect(left == nil) }
        #expect(try status(layers[0].appending("d/orig")) == nil)
    }

    @Test(
        "An entry below a link is where the link leads, in this layer or those below",
        arguments: DeletionFormat.all)
    func belowLinks(format: DeletionFormat) throws {
        let layers = try stack(format) {
            try $0.directory("usr/lib")
            try $0.file("usr/lib/old")
            try $0.symlink("lib", to: "usr/lib")
            try $0.symlink("up", to: "../../../usr")
            try $0.symlink("a", to: "b")
            try $0.symlink("b", to: "a")
        } _: {
            try $0.symlink("own", to: "/lib/../share/made")
            try $0.file("lib/foo", "foo")
            try $0.file("up/bar", "bar")
            try $0.file("own/baz", "baz")
            try $0.file("lib/.wh.old")
            try $0.symlink("lib/link", to: "foo")
        }
        for (name, content) in [("usr/lib/foo", "foo"), ("usr/bar", "bar"), ("usr/share/made/baz", "baz")] {
            #expect(try text(layers[0].appending(FilePath(name).components)) == content)
        }
        if case .device = format {
            #expect(try status(layers[0].appending("usr/lib/old"))?.isWhiteout == true)
        } else {
            #expect(try status(layers[0].appending("usr/lib/old")) == nil)
        }
        #expect(try status(layers[0].appending("lib"))?.isDirectory != true)
        for name in ["a/file", "f/file"] {
            #expect(throws: ImageError.self) {
                _ = try LayerOnLayersTests().stack(format) {
                    try $0.symlink("a", to: "b")
                    try $0.symlink("b", to: "a")
                } _: {
                    try $0.file("f")
                    try $0.file(name)
                }
            }
        }
    }

    @Test("What replaces a file is not what lower layers have", arguments: DeletionFormat.all)
    func replaced(format: DeletionFormat) throws {
        let layers = try stack(format) {
            try $0.file("d/old")
        } _: {
            try $0.file("d", "a file")
            try $0.directory("d")
        }
        if format == .none {
            #expect(try names(layers[0]) == ["d"])
        } else {
            #expect(try DeletionMarks(format: format).isOpaque(layers[0].appending("d")))
        }
    }

    @Test(
        "What aufs kept for itself is left out, and the links to it are files", arguments: DeletionFormat.all)
    func leftovers(format: DeletionFormat) throws {
        let layers = try stack(format) {
            try $0.file("below")
        } _: {
            try $0.file(".wh..wh.aufs")
            try $0.directory(".wh..wh.orph")
            try $0.directory(".wh..wh.plnk")
            try $0.file(".wh..wh.plnk/1.2", "shared")
            try $0.hardLink("x", to: ".wh..wh.plnk/1.2")
            try $0.hardLink("d/y", to: ".wh..wh.plnk/1.2")
        }
        let expected: Set = ["x", "d", "d/y"]
        #expect(try names(layers[0]).subtracting(["below"]) == expected)
        #expect(try text(layers[0].appending("x")) == "shared")
        #expect(try status(layers[0].appending("d/y"))?.raw.st_nlink == 2)
    }

    @Test(
        "Attributes that this system does not have are left out", .needsUserAttributes,
        arguments: DeletionFormat.all)
    func foreignAttributes(format: DeletionFormat) throws {
        let attributes = ["com.apple.quarantine", "LIBARCHIVE.x", "system.nfs4_acl", "user.mine"].map {
            ExtendedAttribute(name: $0, value: [1])
        }
        let layers = try stack(format) {
            try $0.file("f", attributes: attributes)
            // No value of the kind, and user attributes of a link.
            try $0.file("g", attributes: [ExtendedAttribute(name: "security.capability", value: [9])])
            try $0.add("l", .symbolicLink(target: [65]), attributes: attributes)
        }
        let file = try Descriptor(layers[0].appending("f"), O_RDONLY)
        #expect(try FileMetadata.attributeNames(of: file.rawValue) == ["user.mine"])
    }

    @Test("A layer of no bytes, and one that ends with its last content")
    func shortLayers() throws {
        let root = try directory.directory("root")
        var whole = ArchiveBuilder()
        try whole.file("f", "text")
        let unpadded = Array(whole.bytes.prefix(512 + 4))
        for bytes in [[], unpadded, whole.bytes] {
            try LayerUnpacker.unpack(
                MemorySource(bytes), expecting: SHA256Hasher.digest(of: bytes), into: LayerDirectory(root),
                deletionFormat: .prefix)
            #expect(try Files.list(root) == (bytes.isEmpty ? [] : ["f"]))
        }
        #expect(try text(root.appending("f")) == "text")
        for cut in [300, 512 + 2] {
            let bytes = Array(whole.bytes.prefix(cut))
            #expect(throws: ImageError.self) {
                try LayerUnpacker.unpack(
                    MemorySource(bytes), expecting: SHA256Hasher.digest(of: bytes),
                    into: LayerDirectory(root),
                    deletionFormat: .prefix)
            }
        }
    }
}

extension DeletionMarks {
    fileprivate func isOpaque(_ path: FilePath) throws -> Bool {
        try marks(of: Descriptor(path, O_RDONLY | O_DIRECTORY).take()).isOpaque
    }
}
