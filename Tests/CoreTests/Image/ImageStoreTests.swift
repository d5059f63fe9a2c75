import CLinux
import Glibc
import SystemPackage
import Testing

@testable import DriverKit
@testable import Host
@testable import Images
@testable import Layers
@testable import Tree

@Suite("The image store")
struct ImageStoreTests {
    private let directory: TemporaryDirectory
    private let store: ImageStore
    private let config = ImageConfig(command: ["/bin/sh"], environment: ["PATH=/bin"], labels: ["a": "b"])

    init() throws {
        directory = try TemporaryDirectory()
        store = ImageStore(at: directory.path.appending("store"))
    }

    /// A tree with everything that a root file system may hold.
    private func makeTree() throws -> FilePath {
        let root = try directory.directory("tree")
        _ = try directory.directory("tree/sub")
        try directory.write("tree/sub/file", "content")
        let long = String(repeating: "n", count: 200)
        try directory.write("tree/sub/\(long)", "long")
        try systemCall("link", root) { _ in
            link(root.appending("sub/file").string, root.appending("hard").string)
        }
        try systemCall("symlink", root) { _ in symlink(long, root.appending("soft").string) }
        try systemCall("mkfifo", root) { _ in mkfifo(root.appending("fifo").string, 0o640) }
        try systemCall("mknod", root) { _ in mknod(root.appending("tty").string, S_IFCHR | 0o620, 0x501) }
        let sparse = try Descriptor(root.appending("sparse"), O_RDWR | O_CREAT, mode: 0o600)
        try sparse.file.writeAll([1, 2, 3])
        try sparse.file.writeAll(toAbsoluteOffset: 1 << 30, [4])
        try systemCall("ftruncate", root) { _ in ftruncate(sparse.rawValue, 1 << 40) }
        let attribute = ExtendedAttribute(name: "user.note", value: [0, 1, 2])
        try FileMetadata.set(attribute, on: sparse.rawValue)
        try systemCall("fchown", root) { _ in fchown(sparse.rawValue, 1234, 5_000_000) }
        try systemCall("fchmod", root) { _ in fchmod(sparse.rawValue, 0o4711) }
        try FileMetadata.setTimes(TarTime(seconds: -7, nanoseconds: 5), of: sparse.rawValue)
        return root
    }

    /// A line for each file: all that tar keeps.
    private func describe(_ root: FilePath, _ name: String = "") throws -> [String] {
        let path = name.isEmpty ? root : root.appending(name)
        let status = try #require(try status(path))
        let isFile = status.type == S_IFREG
        var line =
            "\(name) \(status.raw.st_mode) \(status.raw.st_uid):\(status.raw.st_gid) \(status.modified.pax)"
        line +=
            " \(status.raw.st_rdev) \(isFile ? status.raw.st_size : 0) \(status.isDirectory ? 0 : status.raw.st_nlink)"
        if status.type == S_IFLNK {
            line += try linkTarget(path)
        } else if isFile {
            let file = try Descriptor(path, O_RDONLY)
            line += "\(try FileMetadata.attributeNames(of: file.rawValue))"
            if status.raw.st_size < 1 << 20 { line += try text(path) }
            if status.raw.st_size > 1 << 30 { line += status.raw.st_blocks < 100 ? "sparse" : "filled" }
        }
        guard status.isDirectory else { return [line] }
        let handle = try Descriptor(path, O_RDONLY | O_DIRECTORY)
        let names = try LayerDirectory.names(in: handle.rawValue).map { String(fileName: $0) }.sorted()
        return try [line] + names.flatMap { try describe(root, name.isEmpty ? $0 : "\(name)/\($0)") }
    }

    private func unpack(_ image: Image, _ name: String) throws -> FilePath {
        let root = try directory.directory(name)
        for layer in image.layers {
            try LayerUnpacker.unpack(
                try store.open(layer), mediaType: layer.mediaType, expecting: layer.diffID, into: root,
                deletionFormat: .none)
        }
        return root
    }

    private func importTar(_ path: FilePath, _ name: String = "tar") throws -> Image {
        let file = try Descriptor(path, O_RDONLY)
        return try store.importRootFS(from: .tar(file.file), as: ImageName(name), config: config)
    }

    @Test("a directory comes back as it was, and twice gives the same digest", .needsUserAttributes)
    func directoryRoundTrip() throws {
        let tree = try makeTree()
        let name = try ImageName("box")
        let first = try store.importRootFS(from: .directory(tree), as: name, config: config)
        let found = try #require(try store.image(named: name))
        #expect(found == first)
        #expect(found.config == config)
        #expect(found.layers[0].chainID == found.layers[0].diffID)
        #expect(try describe(unpack(found, "out")) == describe(tree))
        let second = try store.importRootFS(from: .directory(tree), as: name, config: config)
        #expect(second == first)
        #expect(try store.list().map(\.name) == [name])
        #expect(found.layers[0].size < 1 << 20)
    }

    @Test(
        "archives of GNU tar come back as the tree", .needsUserAttributes,
        arguments: [
            ["--format=pax", "--xattrs", "--sparse"], ["--format=gnu", "--sparse"],
            ["--format=pax", "--xattrs", "--sparse", "--sparse-version=0.0"],
            ["--format=pax", "--xattrs", "--sparse", "--sparse-version=0.1"], ["--format=ustar"],
            ["--format=pax", "--xattrs", "--sparse", "--gzip"],
        ])
    func gnuTar(options: [String]) throws {
        let tree = try makeTree()
        let archive = directory.path.appending("archive")
        var expected = try describe(tree)
        if options.contains("--format=ustar") || options.contains("--format=gnu") {
            // Whole seconds, and in ustar nothing that its fields cannot hold.
            try systemCall("truncate", tree) { _ in truncate(tree.appending("sparse").string, 1 << 20) }
            if options == ["--format=ustar"] {
                for name in ["sparse", "soft", "sub/\(String(repeating: "n", count: 200))"] {
                    try systemCall("unlink", tree) { _ in unlink(tree.appending(name).string) }
                }
            }
            try run("/usr/bin/find", tree.string, "-exec", "touch", "-h", "-d", "@1000000007", "{}", "+")
            expected = try describe(tree).map { $0.replacing("[\"user.note\"]", with: "[]") }
        }
        try run(program: "/usr/bin/tar", options + ["-C", tree.string, "-cf", archive.string, "."])
        let image = try importTar(archive)
        #expect(try describe(unpack(image, "out")) == expected)
    }

    @Test("a hostile archive is refused and leaves nothing")
    func hostile() throws {
        let archives: [[UInt8]] = try [
            [], [UInt8](repeating: 1, count: 2048), [0x1f, 0x8b, 0, 0],
            ArchiveBuilder.make { try $0.file("../x") },
            ArchiveBuilder.make {
                try $0.symlink("l", to: "l")
                try $0.file("l/passwd", "evil")
            },
            ArchiveBuilder.make { try $0.hardLink("l", to: "/etc/passwd") },
            ArchiveBuilder.make { try $0.file(".wh.x") },
            ArchiveBuilder.make { try $0.file("x", "cut off") }.dropLast(1024),
        ]
        for (number, bytes) in archives.enumerated() {
            let file = try directory.file("hostile", Array(bytes))
            #expect(throws: ImageError.self, "\(number)") { try importTar(file) }
        }
        #expect(try store.list().isEmpty)
        let blobs = try Descriptor(store.path.appending("blobs/sha256"), O_RDONLY | O_DIRECTORY)
        #expect(try LayerDirectory.names(in: blobs.rawValue).isEmpty)
        let layout = try Descriptor(store.path, O_RDONLY | O_DIRECTORY)
        let left = try LayerDirectory.names(in: layout.rawValue).map { String(fileName: $0) }.sorted()
        #expect(left == ["blobs", "oci-layout"])
    }

    @Test("a name moves, the image that had it stays, and so does what other tools wrote")
    func retag() throws {
        let first = try importTar(directory.file("1", ArchiveBuilder.make { try $0.file("a", "1") }))
        let second = try importTar(directory.file("2", ArchiveBuilder.make { try $0.file("a", "2") }))
        #expect(first.manifestDigest != second.manifestDigest)
        #expect(try store.image(named: ImageName("tar")) == second)
        #expect(try store.list().map(\.name) == [ImageName("tar"), nil])
        #expect(try store.list().map(\.image?.id) == [second.id, first.id])
        try store.layout.publish([]) { index in
            let position = try #require(index.manifests.firstIndex { $0.name != nil })
            index.manifests[position].annotations?["other"] = "kept"
            var foreign = index.manifests[position]
            foreign.annotations = [BlobDescriptor.nameAnnotation: "Not A Name"]
            index.manifests.append(foreign)
        }
        _ = try importTar(directory.path.appending("1"), "other")
        #expect(try store.list().map(\.name?.repository) == ["other", "tar"])
        let manifests = try store.layout.readIndex().manifests
        #expect(manifests.count == 3)
        #expect(manifests.count { $0.annotations?["other"] == "kept" } == 1)
    }

    @Test("entries and fields that this program does not know are kept as they were")
    func foreign() throws {
        _ = try importTar(directory.file("1", ArchiveBuilder.make { try $0.file("a", "1") }))
        let path = store.path.appending("index.json")
        let sha512 = String(repeating: "ab", count: 64)
        let entry = """
            {"digest":"sha512:\(sha512)","mediaType":"application/x","size":1.5,"x":[null,{},[],-1,true,"\\u0001"]}
            """
        let fields = "\"artifactType\":\"a/b\",\"annotations\":{\"k\":\"v\"},\"x-new\":{\"y\":1}"
        let changed = try text(path)
            .replacing("\"manifests\":[", with: "\(fields),\"manifests\":[\(entry),")
            .replacing("\"platform\":{", with: "\"urls\":[\"http://x\"],\"platform\":{\"variant\":\"v8\",")
        try directory.write("store/index.json", changed)
        _ = try importTar(directory.path.appending("1"), "other")
        let result = try text(path)
        for part in [
            entry, "\"artifactType\":\"a/b\"", "\"k\":\"v\"", "{\"y\":1}", "http://x", "\"variant\":\"v8\"",
        ] {
            #expect(result.contains(part), "\(part) is not in \(result)")
        }
        #expect(try store.list().count == 2)
    }

    @Test("a store that is not there has no images and stays not there")
    func missing() throws {
        #expect(try store.image(named: ImageName("x")) == nil)
        #expect(try store.list().isEmpty)
        #expect(try store.names(similarTo: ImageName("x")).isEmpty)
        #expect(try status(store.path) == nil)
    }

    @Test("who only looks waits for nobody who writes")
    func looking() throws {
        _ = try store.importRootFS(
            from: .directory(directory.directory("root")), as: ImageName("box"), config: config)
        try Files.makeDirectory(store.path.appending(".mydocker-dead00"))
        try store.layout.exclusively { _ in
            try store.removeAbandoned()
            #expect(try store.list().count == 1)
        }
        try store.removeAbandoned()
        #expect(!Files.exists(store.path.appending(".mydocker-dead00")))
    }

    @Test("damage is noticed, named, and repaired by importing again")
    func damage() throws {
        let archive = try directory.file("a.tar", ArchiveBuilder.make { try $0.file("a", "content") })
        let image = try importTar(archive)
        let manifest = store.layout.blobPath(image.manifestDigest)
        let layer = store.layout.blobPath(image.layers[0].digest)
        func damage(_ path: FilePath, _ change: (inout [UInt8]) -> Void) throws {
            var bytes = try contents(path)
            change(&bytes)
            let file = try Descriptor(path, O_WRONLY | O_TRUNC)
            try file.file.writeAll(bytes)
        }
        try damage(manifest) { $0[10] ^= 1 }
        #expect(throws: ImageError.self) { try store.image(named: #require(image.name)) }
        #expect(try store.list().map(\.image) == [nil])
        try damage(layer) { $0.removeLast(512) }
        #expect(throws: ImageError.self) { _ = try store.open(image.layers[0]).rawValue }
        #expect(try importTar(archive) == image)
        try damage(layer) { $0[600] ^= 1 }
        #expect(throws: ImageError.self) { try unpack(image, "damaged") }
        #expect(try importTar(archive) == image)
        _ = try unpack(image, "repaired")
        try damage(store.path.appending("index.json")) { $0.removeLast() }
        #expect(throws: ImageError.self) { try store.list() }
    }

    @Test("similar names")
    func similar() throws {
        let file = try directory.file("a", ArchiveBuilder.make { try $0.file("a") })
        for name in ["busybox", "busybox:1", "reg.example/busybox", "alpine"] {
            _ = try importTar(file, name)
        }
        func similar(_ text: String) throws -> [String] {
            try store.names(similarTo: ImageName(text)).map(\.description)
        }
        #expect(try similar("busybx") == ["busybox:1", "busybox:latest"])
        #expect(try similar("busy") == ["busybox:1", "busybox:latest"])
        #expect(try similar("busybox:2").count == 3)
        #expect(try similar("debian").isEmpty)
    }

    @Test("imports at the same time all arrive")
    func concurrent() async throws {
        let archive = try directory.file("a", ArchiveBuilder.make { try $0.file("a", "same content") })
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<16 {
                group.addTask { [store, config] in
                    let file = try Descriptor(archive, O_RDONLY)
                    let name = try ImageName("image\(number)")
                    _ = try store.importRootFS(from: .tar(file.file), as: name, config: config)
                }
            }
            try await group.waitForAll()
        }
        #expect(try store.list().count == 16)
        #expect(try store.list().allSatisfy { $0.image != nil })
    }

    @Test("temporary files of the dead are removed, those of the living are not")
    func reaping() throws {
        let archive = try directory.file("a", ArchiveBuilder.make { try $0.file("a") })
        _ = try importTar(archive)
        let living = try store.layout.stage()
        let blob = try living.blob([1, 2, 3])
        _ = try directory.directory("store/\(ImageLayout.temporaryPrefix)dead")
        try directory.write("store/\(ImageLayout.temporaryPrefix)dead/1", "left")
        try directory.write("store/\(ImageLayout.temporaryPrefix)replacement", "left")
        try store.removeAbandoned()
        let names = try Files.list(store.path)
        #expect(
            names.filter { $0.hasPrefix(ImageLayout.temporaryPrefix) } == [
                blob.path.removingLastComponent().lastComponent?.string
            ])
        #expect(try contents(blob.path) == [1, 2, 3])
    }

    @Test("what a journal names goes unless the index needs it")
    func recovery() throws {
        let image = try importTar(directory.file("a", ArchiveBuilder.make { try $0.file("a") }))
        let orphan = SHA256Hasher.digest(of: "orphan".utf8)
        let other = SHA256Hasher.digest(of: "of another tool".utf8)
        for digest in [orphan, other] { try directory.write("store/blobs/sha256/\(digest.hex)", "content") }
        let lines = [orphan, image.id, image.manifestDigest, image.layers[0].digest].map { "\($0.hex)\n" }
        try directory.write("store/.mydocker-journal", lines.joined() + "0123")
        try store.removeAbandoned()
        #expect(try store.list().map(\.image) == [image])
        #expect(try status(store.layout.blobPath(image.layers[0].digest)) != nil)
        #expect(try status(store.layout.blobPath(orphan)) == nil)
        #expect(try status(store.layout.blobPath(other)) != nil)
        #expect(try Files.list(store.path).sorted() == ["blobs", "index.json", "oci-layout"])
    }

    @Test("a publication that fails leaves neither blobs nor a journal")
    func failedPublication() throws {
        let staging = try store.layout.stage()
        let blob = try staging.blob([1, 2, 3])
        let missing = SHA256Hasher.digest(of: "missing".utf8)
        #expect(throws: ImageError.self) {
            let needed = BlobDescriptor(mediaType: MediaType.layer, digest: missing, size: 1)
            try store.layout.publish([blob], needing: [needed]) { _ in }
        }
        #expect(try Files.list(store.layout.blobs).isEmpty)
        #expect(try status(store.path.appending(".mydocker-journal")) == nil)
        #expect(try status(store.path.appending("index.json")) == nil)
    }
}
