import Glibc
import SystemPackage
import Testing

@testable import Host
@testable import Images
@testable import Layers

@Suite("Which of an archive's entries are images, and which is the one for this machine")
struct ImageChoiceTests {
    private let directory: TemporaryDirectory
    private let store: ImageStore

    init() throws {
        directory = try TemporaryDirectory()
        store = ImageStore(at: directory.path.appending("store"))
    }

    private func load(_ builder: ArchivedImageBuilder) throws -> [LoadedImage] {
        let file = try Descriptor(directory.file("archive", builder.tar()), O_RDONLY)
        return try store.load(from: .tar(file.file))
    }

    /// A layout of one image, and its entry.
    private func layout() throws -> (builder: ArchivedImageBuilder, entry: BlobDescriptor) {
        let builder = try ArchivedImageBuilder.oci()
        let index = try IndexDocument(json: #require(builder["index.json"]))
        return (builder, index.manifests[0])
    }

    /// A manifest of anything.
    private func other(
        _ builder: inout ArchivedImageBuilder, config: String = MediaType.config,
        layer: String = MediaType.layer,
        type: String? = nil
    ) throws -> BlobDescriptor {
        let content = Array("\(config)\(layer)\(type ?? "")".utf8)
        var manifest = ManifestDocument(
            config: builder.add(blob: Array("{}".utf8), config),
            layers: [builder.add(blob: content, layer)])
        manifest.artifactType = type
        return builder.add(blob: try manifest.json(), MediaType.manifest)
    }

    @Test("What is no image is passed over, in an archive and in the store")
    func artifacts() throws {
        var (builder, image) = try layout()
        let signature = try other(&builder, layer: "application/vnd.dev.cosign.simplesigning.v1+json")
        let chart = try other(&builder, config: "application/vnd.cncf.helm.config.v1+json")
        let list = try other(&builder, type: "application/spdx+json")
        var attestation = try other(&builder, config: "application/x")
        attestation.platform = Platform(architecture: "unknown", os: "unknown")
        var reference = try other(&builder, config: "application/y")
        reference.annotations = ["vnd.docker.reference.type": "attestation-manifest"]
        try builder.set(index: [signature, chart, image, list, attestation, reference])
        #expect(try load(builder).map(\.names) == [[try ImageName("box:1")]])
        // As another tool would leave them in the store.
        for (path, bytes) in builder.files where path.hasPrefix("blobs/") {
            let file = try Descriptor(
                store.path.appending(FilePath(path).components), O_WRONLY | O_CREAT, mode: 0o644)
            try file.write(bytes, subject: path)
        }
        try store.layout.publish([]) { $0.manifests += [signature, chart, list] }
        #expect(try store.list().map(\.name) == [try ImageName("box:1")])
        #expect(try store.prune().deleted == [])
        #expect(try store.layout.readIndex().manifests.count == 4)
        for entry in [signature, list] {
            try builder.set(index: [entry])
            #expect(throws: ImageError.self) { try load(builder) }
        }
    }

    @Test("Of a platform's variants the one that this machine runs best is taken")
    func variants() throws {
        let names = ["amd64": "amd64", "arm64": "arm64", "riscv64": "riscv64"]
        let here = try #require(names[Platform.current.architecture])
        for nested in [false, true] {
            var builder = try ArchivedImageBuilder.oci()
            func image(_ text: String, _ platform: Platform) throws -> BlobDescriptor {
                let layer = try ArchivedImageBuilder.layer(text)
                let config = builder.add(blob: try ArchivedImageBuilder.config([layer]), MediaType.config)
                let manifest = ManifestDocument(
                    config: config, layers: [builder.add(blob: layer, MediaType.layer)])
                var entry = builder.add(blob: try manifest.json(), MediaType.manifest)
                entry.platform = platform
                return entry
            }
            var all = [
                try image("windows", Platform(architecture: here, os: "windows")),
                try image("other", Platform(architecture: "s390x")),
                try image("next", Platform(architecture: here, variant: "v99")),
                try image("mine", Platform(architecture: here)),
            ]
            let mine = all[3].digest
            var index = IndexDocument()
            index.manifests = all
            if nested {
                let inner = builder.add(blob: try index.json(), MediaType.index)
                index.manifests = [inner, inner]
            }
            all = [builder.add(blob: try index.json(), MediaType.index)]
            all[0].annotations = [BlobDescriptor.nameAnnotation: "many:1"]
            try builder.set(index: all)
            _ = try load(builder)
            #expect(try store.image("many:1").manifestDigest == mine)
            index.manifests = [
                try image("a", Platform(architecture: "s390x")),
                try image("b", Platform(architecture: "arm", os: "plan9", variant: "v6")),
            ]
            let none = builder.add(blob: try index.json(), MediaType.index)
            try builder.set(index: [none])
            do {
                _ = try load(builder)
                Issue.record("it was loaded")
            } catch let error as ImageError {
                #expect(error.explanation.problem.contains("only for linux/s390x, plan9/arm/v6"), "\(error)")
            }
        }
    }

    @Test("Entries of one name for several machines are one image")
    func namedEntries() throws {
        var (builder, image) = try layout()
        image.platform = .current
        var foreign = try other(&builder)
        foreign.annotations = image.annotations
        foreign.platform = Platform(architecture: "s390x")
        try builder.set(index: [image, foreign])
        #expect(try load(builder).count == 1)
    }

    @Test("The order of what a machine can run")
    func order() {
        let names: [(Platform, [Int?])] = [
            (Platform(architecture: "amd64"), [0, 2, nil]),
            (Platform(architecture: "x86_64", variant: "1"), [0, 2, nil]),
            (Platform(architecture: "amd64", variant: "v3"), [nil, 0, nil]),
            (Platform(architecture: "amd64", variant: "v4"), [nil, nil, nil]),
            (Platform(architecture: "386"), [1, 3, nil]), (Platform(architecture: "arm64"), [nil, nil, 0]),
            (Platform(architecture: "aarch64", variant: "8"), [nil, nil, 0]),
            (Platform(architecture: "arm"), [nil, nil, 2]),
            (Platform(architecture: "arm", variant: "v6"), [nil, nil, 3]),
            (Platform(architecture: "amd64", os: "windows"), [nil, nil, nil]),
        ]
        let machines = [
            PlatformChoice(architecture: "amd64"), PlatformChoice(architecture: "amd64", level: 3),
            PlatformChoice(architecture: "arm64"),
        ]
        for (platform, ranks) in names {
            #expect(machines.map { $0.rank(of: platform) } == ranks, "\(platform.text)")
        }
        #expect(PlatformChoice.level(ofProcessor: []) == 1)
        let second: Set<Substring> = ["cx16", "lahf_lm", "popcnt", "sse4_1", "sse4_2", "ssse3", "avx512f"]
        #expect(PlatformChoice.level(ofProcessor: second) == 2)
    }

    @Test("Thousands of names cost no more than their number, and come and go as one at a time would")
    func manyNames() throws {
        let names = try (0..<3000).map { try ImageName("n\($0)/\(String(repeating: "a", count: 200)):1") }
        func entry(_ text: String) -> BlobDescriptor {
            BlobDescriptor(
                mediaType: MediaType.manifest, digest: SHA256Hasher.digest(of: text.utf8), size: 1)
        }
        var index = IndexDocument()
        index.add([(entry("a"), names), (entry("b"), []), (entry("c"), [names[0], names[0]])])
        #expect(index.manifests.count == 3001 && index.manifests.filter(\.isNameless) == [entry("b")])
        #expect(index.manifests.last == entry("c").renamed(names[0]))
        index.add([(entry("d"), names), (entry("b"), [names[5]]), (entry("d"), [])])
        #expect(index.manifests.count == 3002)
        #expect(Set(index.manifests.filter(\.isNameless)) == [entry("a"), entry("c")])
        index.remove(Set(names.dropFirst()))
        #expect(index.manifests.count == 4)
        index.remove([], and: [entry("b").renamed(nil)])
        #expect(index.manifests.count == 3)
    }

    @Test("How far texts are from each other, up to a limit")
    func distances() {
        for (left, right, distance) in [
            ("", "", 0), ("abc", "abc", 0), ("abc", "abd", 1), ("abc", "ab", 1), ("abc", "bc", 1),
            ("", "ab", 2),
            ("abcd", "badc", nil), ("abcdef", "acdxef", 2), ("kitten", "sitting", nil),
        ] as [(String, String, Int?)] {
            #expect(left.editDistance(to: right, atMost: 2) == distance, "\(left) \(right)")
        }
    }
}
