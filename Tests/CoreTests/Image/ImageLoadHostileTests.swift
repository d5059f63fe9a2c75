import CLinux
import Glibc
import SystemPackage
import Testing

@testable import Host
@testable import Images
@testable import Layers
@testable import Storage

@Suite("Loading hostile archives")
struct ImageLoadHostileTests {
    private let directory: TemporaryDirectory
    private let store: ImageStore

    init() throws {
        directory = try TemporaryDirectory()
        store = ImageStore(at: directory.path.appending("store"))
        let file = try Descriptor(directory.file("a", ArchiveBuilder.make { try $0.file("a") }), O_RDONLY)
        _ = try store.importRootFS(from: .tar(file.file), as: ImageName("box:1"), config: ImageConfig())
    }

    /// Expects an error of this package with this text, and that the store is as it was, as an archive and as a
    /// directory.
    private func expectRefusal(
        _ builder: ArchivedImageBuilder, _ text: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try expectRefusal(builder.tar(), text, sourceLocation: sourceLocation)
        let root = try directory.directory("d\(LiveDirectory.randomName())")
        try run("/usr/bin/tar", "-C", root.string, "-xf", directory.file("a.tar", builder.tar()).string)
        try expectRefusal(.directory(root), text, sourceLocation)
    }

    private func expectRefusal(
        _ bytes: [UInt8], _ text: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let file = try Descriptor(directory.file("archive", bytes), O_RDONLY)
        try expectRefusal(.tar(file.file), text, sourceLocation)
    }

    private func expectRefusal(
        _ source: ImportSource, _ text: String, _ sourceLocation: SourceLocation
    ) throws {
        let before = try tree()
        do {
            _ = try store.load(from: source)
            Issue.record("it was loaded", sourceLocation: sourceLocation)
        } catch let error as any Explained {
            let problem = error.explanation.problem
            #expect(problem.contains(text), sourceLocation: sourceLocation)
            #expect(problem.utf8.count < 500, sourceLocation: sourceLocation)
        }
        #expect(try tree() == before, sourceLocation: sourceLocation)
    }

    /// Everything that is in the store.
    private func tree() throws -> [String] {
        try Files.list(store.path).sorted() + Files.list(store.layout.blobs).sorted()
            + [text(store.path.appending("index.json"))]
    }

    @Test("S10: empty, garbage, cut off anywhere, packed in what is not read")
    func broken() throws {
        try expectRefusal([], "empty")
        try expectRefusal([UInt8](repeating: 7, count: 4096), "not a valid tar archive")
        try expectRefusal([0x1f, 0x8b] + [UInt8](repeating: 7, count: 4096), "cannot decompress")
        try expectRefusal([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 1, 2], "cannot decompress xz")
        let whole = try ArchivedImageBuilder.docker().tar()
        for count in stride(from: 1, to: whole.count - 1024, by: 479) {
            try expectRefusal(Array(whole[..<count]), "archive")
        }
    }

    @Test("S10: no image at all")
    func noImage() throws {
        try expectRefusal(ArchiveBuilder.make { try $0.file("etc/passwd", "root") }, "image import")
        var docker = try ArchivedImageBuilder.docker()
        docker["manifest.json"] = Array("[]".utf8)
        try expectRefusal(docker, "holds no image")
        var oci = try ArchivedImageBuilder.oci()
        try oci.set(index: [])
        try expectRefusal(oci, "holds no image")
        oci["oci-layout"] = nil
        try expectRefusal(oci, "oci-layout")
        oci["oci-layout"] = Array("{\"imageLayoutVersion\":\"9.0.0\"}".utf8)
        try expectRefusal(oci, "no version")
    }

    @Test("S10: a docker-archive whose parts do not fit")
    func dockerParts() throws {
        let good = try ArchivedImageBuilder.docker()
        let config = try #require(good.files.first?.path)
        for garbage in ["", "{", "null", "[1]", "[{}]", "[{\"Config\":1,\"Layers\":[]}]", "\u{0}"] {
            var builder = good
            builder["manifest.json"] = Array(garbage.utf8)
            try expectRefusal(builder, "not valid")
            builder = good
            builder[config] = Array(garbage.utf8)
            try expectRefusal(builder, "not valid")
        }
        var builder = good
        builder[config] = nil
        try expectRefusal(builder, "not in the archive")
        builder = good
        builder["layer1/layer.tar"] = nil
        try expectRefusal(builder, "not in the archive")
        builder = good
        builder["layer1/layer.tar"]?[600] ^= 1
        try expectRefusal(builder, "digest")
        builder["layer1/layer.tar"] = []
        try expectRefusal(builder, "digest")
        for names in [["Not A Name"], ["../x"], ["a\u{1b}[31m"]] {
            try expectRefusal(ArchivedImageBuilder.docker(names: names), "not an image name")
        }
        builder = good
        builder["manifest.json"] = try [DockerArchive.Item(config: config, names: [], layers: [])].json()
        try expectRefusal(builder, "0 layers, but digests of 2")
    }

    @Test("S1: paths and links that leave the archive")
    func paths() throws {
        try directory.write("secret", "secret")
        let good = try ArchivedImageBuilder.docker()
        let config = try #require(good.files.first?.path)
        for path in ["../secret", "layer0/../../secret", "/../secret"] {
            var builder = good
            builder["manifest.json"] = try [
                DockerArchive.Item(config: config, names: nil, layers: [path, path])
            ].json()
            try expectRefusal(builder, "leads upwards")
            builder["manifest.json"] = try [
                DockerArchive.Item(config: path, names: nil, layers: [])
            ].json()
            try expectRefusal(builder, "leads upwards")
        }
        for (target, text) in [
            ("\(directory.path)/secret", "leads out"), ("../../secret", "leads out"),
            ("layer.tar", "circle"), ("../layer0", "not in the archive"), ("/dev/zero", "leads out"),
        ] {
            var builder = good
            builder["layer0/layer.tar"] = nil
            builder.links = [("layer0/layer.tar", target)]
            try expectRefusal(builder, text)
        }
        // A link in the place of a directory is not followed at all.
        var builder = good
        builder["layer0/layer.tar"] = nil
        builder["layer0/VERSION"] = nil
        builder.links = [("layer0", "\(directory.path)")]
        try expectRefusal(builder, "not in the archive")
        try expectRefusal(ArchiveBuilder.make { try $0.file("../manifest.json", "[]") }, "leads upwards")
        try expectRefusal(
            ArchiveBuilder.make {
                try $0.add("manifest.json", .file(size: 5, segments: [.init(offset: 4, length: 1)]))
                $0.data([1])
            }, "sparse")
    }

    @Test("S10: a layout whose blobs are not what they are called")
    func blobs() throws {
        let good = try ArchivedImageBuilder.oci()
        for (path, _) in good.files where path.hasPrefix("blobs/") {
            var builder = good
            builder[path]?[20] ^= 1
            try expectRefusal(builder, "digest")
            builder[path] = []
            try expectRefusal(builder, "digest")
            builder[path] = nil
            try expectRefusal(builder, "not in the archive")
        }
        var builder = good
        var entry = try IndexDocument(json: #require(good["index.json"])).manifests[0]
        entry.size += 1
        try builder.set(index: [entry])
        try expectRefusal(builder, "should have")
        // The digest is right, and the diffID of the configuration is another layer's.
        let (one, two) = try (ArchivedImageBuilder.layer("one"), ArchivedImageBuilder.layer("two"))
        try expectRefusal(ArchivedImageBuilder.oci([one]) { _ in two }, "digest")
        for garbage in ["", "{", "null", "[]", "{\"schemaVersion\":2}"] {
            builder = good
            builder["index.json"] = Array(garbage.utf8)
            try expectRefusal(builder, "not valid")
        }
    }

    @Test("S10: wrong media types")
    func mediaTypes() throws {
        for type in ["text/plain", "", MediaType.layer + "+xz"] {
            try expectRefusal(ArchivedImageBuilder.oci(layerType: type), "of the type")
        }
        try expectRefusal(
            ArchivedImageBuilder.oci(configType: "application/vnd.cncf.helm.config.v1+json"), "type")
    }

    @Test("S10: layers that could never be unpacked, alone or on those below")
    func unusableLayers() throws {
        let below = try ArchiveBuilder.make {
            try $0.file("f", "x")
            try $0.file("d/f", "x")
        }
        for build: (inout ArchiveBuilder) throws -> Void in [
            { try $0.file("../x") }, { try $0.add("n", .characterDevice(major: 0, minor: 0)) },
            { try $0.hardLink("h", to: "never") }, { try $0.hardLink("h", to: "d") },
            { try $0.file(".wh.d/x") },
            {
                try $0.file("g")
                try $0.file("g/x")
            },
            {
                try $0.symlink("l", to: "l")
                try $0.file("l/x")
            },
            {
                try $0.file(".wh.f")
                try $0.hardLink("h", to: "f")
            },
            {
                try $0.file("d/.wh..wh..opq")
                try $0.hardLink("h", to: "d/f")
            }, { $0.append([UInt8](repeating: 7, count: 512)) },
        ] {
            let layers = [below, try ArchiveBuilder.make(build)]
            try expectRefusal(ArchivedImageBuilder.docker(layers), "")
            try expectRefusal(ArchivedImageBuilder.oci(layers), "")
        }
    }

    @Test("indexes in indexes, without end and for other machines")
    func indexes() throws {
        var builder = try ArchivedImageBuilder.oci()
        var entry = try IndexDocument(json: #require(builder["index.json"])).manifests[0]
        entry.annotations = nil
        for _ in 0..<10 {
            var index = IndexDocument()
            index.manifests = [entry]
            entry = builder.add(blob: try index.json(), MediaType.index)
        }
        try builder.set(index: [entry])
        try expectRefusal(builder, "indexes in indexes")
        // A digest cannot name what holds it; one that claims to does not fit.
        let loop = BlobDescriptor(mediaType: MediaType.index, digest: entry.digest, size: entry.size)
        var index = IndexDocument()
        index.manifests = [loop]
        builder["blobs/sha256/\(entry.digest.hex)"] = try index.json()
        try expectRefusal(builder, "digest")
        var foreign = try ArchivedImageBuilder.oci()
        var other = try IndexDocument(json: #require(foreign["index.json"])).manifests[0]
        other.platform = Platform(architecture: "s390x")
        index.manifests = [other]
        try foreign.set(index: [foreign.add(blob: try index.json(), MediaType.index)])
        try expectRefusal(foreign, "no variant")
    }

    @Test("S7: documents of 100 MiB are refused before they are read", arguments: [true, false])
    func large(isDocker: Bool) throws {
        let good = try isDocker ? ArchivedImageBuilder.docker() : ArchivedImageBuilder.oci()
        let name = isDocker ? "manifest.json" : "index.json"
        let large = [UInt8](repeating: UInt8(ascii: " "), count: 100 << 20)
        var builder = good
        builder[name] = large
        try expectRefusal(builder, "the limit is")
    }

    @Test("JSON that is nested without end is refused")
    func nested() throws {
        var builder = try ArchivedImageBuilder.docker()
        builder["manifest.json"] = [UInt8](repeating: UInt8(ascii: "["), count: 1 << 20)
        try expectRefusal(builder, "not valid")
        let config = try #require(builder.files.first?.path)
        builder = try ArchivedImageBuilder.docker()
        builder[config] = Array("{\"x\":".utf8) + [UInt8](repeating: UInt8(ascii: "["), count: 1 << 20)
        try expectRefusal(builder, "not valid")
    }
}
