import CLinux
import Glibc
import SystemPackage
import Testing

@testable import DriverKit
@testable import Host
@testable import Images
@testable import Layers
@testable import Storage
@testable import Tree

@Suite("Loading images")
struct ImageLoadTests {
    private let directory: TemporaryDirectory
    private let store: ImageStore

    init() throws {
        directory = try TemporaryDirectory()
        store = ImageStore(at: directory.path.appending("store"))
    }

    @discardableResult
    private func load(_ bytes: [UInt8]) throws -> [LoadedImage] {
        let file = try Descriptor(directory.file("archive", bytes), O_RDONLY)
        return try store.load(from: .tar(file.file))
    }

    @discardableResult
    private func load(_ builder: ArchivedImageBuilder) throws -> [LoadedImage] { try load(builder.tar()) }

    /// Expects that the store holds this image of two layers, and nothing else but other images.
    private func expectWhole(_ name: String, layers: Int = 2) throws {
        let image = try #require(try store.image(named: ImageName(name)))
        #expect(image.layers.count == layers)
        for layer in image.layers {
            let root = try directory.directory("layer-\(LiveDirectory.randomName())")
            try LayerUnpacker.unpack(
                try store.open(layer), mediaType: layer.mediaType, expecting: layer.diffID, into: root,
                deletionFormat: .none)
            #expect(try Files.list(root).allSatisfy { $0.hasPrefix("file-") })
        }
        #expect(try Files.list(store.path).sorted() == ["blobs", "index.json", "oci-layout"])
    }

    private func packed(_ bytes: [UInt8], by tool: String) throws -> [UInt8] {
        let file = try directory.file("content", bytes)
        let output = directory.path.appending("packed")
        try run(program: "/bin/sh", ["-c", "\(tool) < \(file) > \(output)"])
        return try contents(output)
    }

    @Test("how a layer is compressed is told by its first bytes, and not by its media type")
    func mislabelled() throws {
        let gzip = MediaType.layer + "+gzip"
        try load(ArchivedImageBuilder.oci(layerType: gzip))
        try expectWhole("box:1")
        try load(ArchivedImageBuilder.oci(name: "box:2", packed: { try packed($0, by: "gzip -n") }))
        try expectWhole("box:2")
        for format in ArchiveFormat.allCases {
            let saved = directory.path.appending("saved-\(format.rawValue)")
            try store.save(["box:2"], as: format, to: .path(saved))
            let other = ImageStore(at: directory.path.appending("other-\(format.rawValue)"))
            let loaded: [LoadedImage]
            if format.isDirectory {
                loaded = try other.load(from: .directory(saved))
            } else {
                let file = try Descriptor(saved, O_RDONLY)
                loaded = try other.load(from: .tar(file.file))
            }
            #expect(loaded.count == 1)
        }
    }

    @Test("a layer of no bytes, and layers that end with their last content")
    func shortLayers() throws {
        let whole = try ArchivedImageBuilder.layer("one")
        for layer in [[], Array(whole.dropLast(1024)), Array(whole.prefix(512 + 3))] {
            try load(ArchivedImageBuilder.docker([whole, layer]))
            try expectWhole("box:1")
            try load(ArchivedImageBuilder.oci([whole, layer]))
            try expectWhole("box:1")
        }
    }

    @Test("layers on layers that can be unpacked are not refused")
    func layersOnLayers() throws {
        try load(
            ArchivedImageBuilder.docker([
                try ArchiveBuilder.make {
                    try $0.file("d/f", "x")
                    try $0.symlink("l", to: "/d")
                    try $0.file("file", "x")
                    try $0.file(".wh..wh.plnk/1", "x")
                    try $0.hardLink("x", to: ".wh..wh.plnk/1")
                },
                try ArchiveBuilder.make {
                    try $0.hardLink("h", to: "l/f")
                    try $0.file("l/g", "x")
                    try $0.file(".wh.d")
                    try $0.file("file/now/a/directory")
                    try $0.file("n/.wh.nothing")
                },
            ]))
    }

    @Test("what no layer gets is said, once and in one line")
    func leftOut() throws {
        let attributes = ["com.apple.provenance", "com.apple.quarantine", "user.mine", "security.selinux"].map
        {
            ExtendedAttribute(name: $0, value: [1])
        }
        let layer = try ArchiveBuilder.make {
            try $0.file("a", attributes: attributes)
            try $0.file("b", attributes: attributes)
        }
        var notices: [String] = []
        let archive = try Descriptor(
            directory.file("archive", ArchivedImageBuilder.docker([layer, layer]).tar()), O_RDONLY)
        _ = try store.load(from: .tar(archive.file)) { notices.append($0) }
        #expect(
            notices == [
                "extended attributes that Linux does not have are left out: com.apple.provenance, "
                    + "com.apple.quarantine"
            ])
        let rootFS = try Descriptor(directory.file("rootfs", layer), O_RDONLY)
        _ = try store.importRootFS(
            from: .tar(rootFS.file), as: ImageName("box:3"), config: ImageConfig()
        ) { notices.append($0) }
        #expect(notices.count == 2 && notices[0] == notices[1])
    }

    @Test("a docker-archive, as docker before 25 writes it")
    func docker() throws {
        let loaded = try load(ArchivedImageBuilder.docker(names: ["box:1", "reg.example:5000/a/box"]))
        #expect(loaded.map(\.names) == [[try ImageName("box:1"), try ImageName("reg.example:5000/a/box")]])
        try expectWhole("box:1")
        try expectWhole("reg.example:5000/a/box")
        #expect(try store.image("box:1").id == loaded[0].id)
    }

    @Test("the same whatever it is compressed with", .needs("zstd"), arguments: ["gzip -n", "zstd -q"])
    func compressed(tool: String) throws {
        try load(packed(ArchivedImageBuilder.docker().tar(), by: tool))
        try expectWhole("box:1")
        try load(ArchivedImageBuilder.docker(names: ["layers:1"]) { try packed($0, by: tool) })
        try expectWhole("layers:1")
        let type = MediaType.layer + (tool == "gzip -n" ? "+gzip" : "+zstd")
        try load(ArchivedImageBuilder.oci(name: "oci:1", layerType: type) { try packed($0, by: tool) })
        try expectWhole("oci:1")
        #expect(try store.image("oci:1").id == store.image("box:1").id)
    }

    @Test("layers that are links to others, as docker and podman write them")
    func links() throws {
        var builder = try ArchivedImageBuilder.docker()
        let layer = try #require(builder["layer0/layer.tar"])
        builder["layer0/layer.tar"] = nil
        builder["\(ArchivedImageBuilder.digest(layer).hex).tar"] = layer
        builder.links = [
            ("layer0/layer.tar", "../x/./link"),
            ("x/link", "../\(ArchivedImageBuilder.digest(layer).hex).tar"),
        ]
        try load(builder)
        try expectWhole("box:1")
    }

    @Test("a hard link in the archive")
    func hardLink() throws {
        let layer = try ArchivedImageBuilder.layer("x")
        var builder = try ArchivedImageBuilder.docker([layer, layer])
        builder["layer1/layer.tar"] = nil
        var tar = ArchiveBuilder()
        try tar.hardLink("layer1/layer.tar", to: "layer0/layer.tar")
        try load(builder.tar().dropLast(1024) + tar.bytes + [UInt8](repeating: 0, count: 1024))
        try expectWhole("box:1")
    }

    @Test("what docker 25 writes: a layout with a manifest.json, which has the full names")
    func both() throws {
        var builder = try ArchivedImageBuilder.oci(name: "latest")
        let layers = try [ArchivedImageBuilder.layer("one"), ArchivedImageBuilder.layer("two")]
        let paths = try [ArchivedImageBuilder.config(layers)] + layers
        let names = paths.map { "blobs/sha256/\(ArchivedImageBuilder.digest($0).hex)" }
        builder["manifest.json"] = try [
            DockerArchive.Item(config: names[0], names: ["box:2"], layers: Array(names[1...]))
        ].json()
        #expect(try load(builder).flatMap(\.names) == [ImageName("box:2")])
        try expectWhole("box:2")
    }

    @Test("an OCI layout; its blobs are kept byte for byte")
    func layout() throws {
        let builder = try ArchivedImageBuilder.oci()
        try load(builder)
        try expectWhole("box:1")
        for (path, bytes) in builder.files where path.hasPrefix("blobs/") {
            #expect(try contents(store.path.appending(path)) == bytes)
        }
    }

    @Test("the full name of an image that docker or containerd has written")
    func fullName() throws {
        var builder = try ArchivedImageBuilder.oci()
        var entry = try IndexDocument(json: #require(builder["index.json"])).manifests[0]
        entry.annotations = [
            BlobDescriptor.nameAnnotation: "1", "io.containerd.image.name": "docker.io/library/box:1",
        ]
        try builder.set(index: [entry])
        #expect(try load(builder).flatMap(\.names) == [ImageName("box:1")])
    }

    @Test("several images, one of them for several platforms and one without a name")
    func several() throws {
        var builder = try ArchivedImageBuilder.oci(name: "a:1")
        let first = try IndexDocument(json: #require(builder["index.json"])).manifests[0]
        let second = try ArchivedImageBuilder.oci([ArchivedImageBuilder.layer("b")], name: nil)
        builder.files += second.files.filter { $0.path.hasPrefix("blobs/") }
        var mine = try IndexDocument(json: #require(second["index.json"])).manifests[0]
        mine.platform = .current
        var other = first
        other.platform = Platform(architecture: "s390x")
        var variants = IndexDocument()
        variants.manifests = [other, mine]
        var index = builder.add(blob: try variants.json(), MediaType.index)
        index.annotations = [BlobDescriptor.nameAnnotation: "b:1"]
        let third = try ArchivedImageBuilder.oci([ArchivedImageBuilder.layer("c")], name: nil)
        builder.files += third.files.filter { $0.path.hasPrefix("blobs/") }
        let nameless = try IndexDocument(json: #require(third["index.json"])).manifests[0]
        try builder.set(index: [first, index, nameless])
        #expect(try load(builder).map(\.names) == [[ImageName("a:1")], [ImageName("b:1")], []])
        try expectWhole("a:1")
        try expectWhole("b:1", layers: 1)
        #expect(try store.list().map(\.name) == [ImageName("a:1"), ImageName("b:1"), nil])
    }

    @Test("a manifest of docker becomes one of OCI")
    func dockerManifest() throws {
        let docker = try ArchivedImageBuilder.oci(
            name: "docker:1", layerType: MediaType.dockerLayer, configType: MediaType.dockerConfig,
            manifestType: MediaType.dockerManifest)
        try load(docker)
        try expectWhole("docker:1")
        try load(ArchivedImageBuilder.oci(name: "oci:1"))
        #expect(try store.image("docker:1").manifestDigest == store.image("oci:1").manifestDigest)
    }

    @Test("directories hold what archives do", arguments: [true, false])
    func directories(isDocker: Bool) throws {
        var builder = try isDocker ? ArchivedImageBuilder.docker() : ArchivedImageBuilder.oci()
        if isDocker {
            builder["x.tar"] = builder["layer0/layer.tar"]
            builder["layer0/layer.tar"] = nil
            builder.links = [("layer0/layer.tar", "../x.tar")]
        }
        let root = try directory.directory("unpacked")
        try run("/usr/bin/tar", "-C", root.string, "-xf", directory.file("a.tar", builder.tar()).string)
        _ = try store.load(from: .directory(root))
        try expectWhole("box:1")
    }

    @Test("progress is told up to the end")
    func progress() throws {
        final class Recorder: ByteProgress {
            var last: (Int64, Int64?)?
            func advanced(to done: Int64, of total: Int64?) { last = (done, total) }
        }
        let bytes = try ArchivedImageBuilder.docker().tar()
        let file = try Descriptor(directory.file("archive", bytes), O_RDONLY)
        let recorder = Recorder()
        _ = try store.load(from: .tar(file.file), progress: recorder)
        #expect(recorder.last?.0 == Int64(bytes.count) && recorder.last?.1 == Int64(bytes.count))
    }
}
