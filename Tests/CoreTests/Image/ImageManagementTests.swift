import Glibc
import SystemPackage
import Testing

@testable import Host
@testable import Images
@testable import Layers

@Suite("Names, removal and description of images")
struct ImageManagementTests {
    private let directory: TemporaryDirectory
    private let store: ImageStore

    init() throws {
        directory = try TemporaryDirectory()
        store = ImageStore(at: directory.path.appending("store"))
    }

    @discardableResult
    private func load(_ name: String?, _ layers: [String]) throws -> Digest {
        let builder = try ArchivedImageBuilder.oci(layers.map(ArchivedImageBuilder.layer), name: name)
        let file = try Descriptor(directory.file("archive", builder.tar()), O_RDONLY)
        return try store.load(from: .tar(file.file))[0].id
    }

    private func blobs() throws -> Int { try Files.list(store.layout.blobs).count }

    private func name(_ text: String) throws -> ImageName { try ImageName(text) }

    @Test("an image is found by its name, its ID, and the beginning of that")
    func find() throws {
        let id = try load("box:1", ["a"])
        let image = try store.image("box:1")
        for reference in ["\(id)", id.hex, id.short, String(id.hex.prefix(4)), "\(image.manifestDigest)"] {
            let found = try store.image(reference)
            #expect(found.id == id && found.name == nil && found.displayName == id.short)
        }
        #expect(throws: ImageError.unknownImage("bux:1", similar: ["box:1"])) { try store.image("bux:1") }
        #expect(throws: ImageError.self) { try store.image("") }
        #expect(throws: ImageError.self) { try store.image("sha256:") }
        #expect(throws: ImageError.self) { try store.image("sha256:zz") }
        #expect(throws: ImageError.self) { try store.image("Not A Name") }
        #expect(throws: ImageError.unknownImage("00ff00ff00ff", similar: [])) {
            try store.image("00ff00ff00ff")
        }
    }

    @Test("an ID that begins like another one's is ambiguous")
    func ambiguous() throws {
        // Seventeen IDs cannot begin with seventeen different digits.
        let ids = try (0..<17).map { try load("box:\($0)", ["\($0)"]) }
        let firsts = Dictionary(grouping: ids) { $0.hex.prefix(1) }
        let shared = try #require(firsts.first { $0.value.count > 1 }?.key)
        #expect(throws: ImageError.self) { try store.image(String(shared)) }
        for id in ids { #expect(try store.image(id.hex).id == id) }
    }

    @Test("a name is given, and taken from the image that had it")
    func tag() throws {
        let first = try load("box:1", ["a"])
        let second = try load("box:2", ["b"])
        try store.tag("box:1", as: name("reg.example/box"))
        #expect(try store.image("reg.example/box:latest").id == first)
        try store.tag(second.short, as: name("box:1"))
        #expect(try store.image("box:1").id == second)
        #expect(try store.list().count == 3)
        try store.tag("box:1", as: name("reg.example/box"))
        let nameless = try store.list().filter { $0.name == nil }
        #expect(nameless.map(\.image?.id) == [first])
        try store.tag(first.hex, as: name("back"))
        #expect(try store.list().allSatisfy { $0.name != nil })
        #expect(throws: ImageError.self) { try store.tag("missing", as: name("x")) }
    }

    @Test("what is removed goes with its last name, and blobs with the last image that needs them")
    func remove() throws {
        let first = try load("box:1", ["shared", "a"])
        let second = try load("box:2", ["shared", "b"])
        try store.tag("box:1", as: name("other"))
        #expect(try blobs() == 7)
        #expect(try store.remove("other") == ImageRemoval(untagged: [name("other")], deleted: [], freed: 0))
        let removal = try store.remove("box:1")
        #expect(removal.untagged == [try name("box:1")] && removal.deleted == [first] && removal.freed > 2000)
        #expect(try blobs() == 4)
        #expect(try store.image("box:2").id == second)
        #expect(throws: ImageError.unknownImage("box:1", similar: ["box:2"])) { try store.remove("box:1") }
        #expect(try store.remove(second.short).deleted == [second])
        #expect(try blobs() == 0)
        #expect(try Files.list(store.path).sorted() == ["blobs", "index.json", "oci-layout"])
    }

    @Test("by its ID an image with several names is removed by force only")
    func removeByID() throws {
        let id = try load("box:1", ["a"])
        try store.tag("box:1", as: name("box:2"))
        #expect(throws: ImageError.severalNames(id.short, names: ["box:1", "box:2"])) {
            try store.remove(id.short)
        }
        let removal = try store.remove(id.short, force: true)
        #expect(removal.untagged.map(\.description) == ["box:1", "box:2"] && removal.deleted == [id])
    }

    @Test("an image that a container uses is removed by force only; its other names are free")
    func inUse() throws {
        let id = try load("box:1", ["a"])
        try store.tag("box:1", as: name("box:2"))
        for image in ["box:1", id.hex, "\(id)"] {
            let uses = [
                ImageUse(image: image, container: "web"), ImageUse(image: "gone:1", container: "old"),
            ]
            try store.tag(id.hex, as: name("box:2"))
            #expect(try store.remove("box:2", uses: uses).deleted.isEmpty)
            #expect(throws: ImageError.imageInUse("box:1", container: "web")) {
                try store.remove("box:1", uses: uses)
            }
            #expect(try store.prune(all: true, uses: uses) == ImageRemoval())
        }
        let uses = [ImageUse(image: "box:1", container: "web")]
        #expect(try store.remove("box:1", force: true, uses: uses).deleted == [id])
    }

    @Test("pruning removes what has no name, or what is not used, and nothing of other tools")
    func prune() throws {
        let old = try load("box:1", ["a"])
        let new = try load("box:1", ["b"])
        let nameless = try load(nil, ["c"])
        try directory.write("store/blobs/sha256/\(String(repeating: "0", count: 64))", "being written")
        try store.layout.publish([]) { index in
            var foreign = try #require(index.manifests.first { $0.name != nil })
            foreign.annotations = [BlobDescriptor.nameAnnotation: "Not A Name"]
            index.manifests.append(foreign)
        }
        let removal = try store.prune()
        #expect(Set(removal.deleted) == [old, nameless] && removal.untagged.isEmpty && removal.freed > 4000)
        #expect(try store.prune() == ImageRemoval())
        #expect(try store.prune(all: true).deleted == [new])
        #expect(try store.list().isEmpty)
        // The foreign entry still needs its manifest, configuration and layer.
        #expect(try blobs() == 4)
        #expect(try store.removeUnneededBlobs().size == 13)
        #expect(try blobs() == 3)
    }

    @Test("blobs stay as long as nobody can say what needs them")
    func unreadable() throws {
        try load("box:1", ["a"])
        try load("box:2", ["b"])
        let manifest = store.layout.blobPath(try store.image("box:1").manifestDigest)
        try directory.write(String(manifest.string.dropFirst(directory.path.string.count + 1)), "damaged")
        #expect(try store.remove("box:2").freed == 0)
        #expect(try blobs() == 6)
        // What cannot be read can be removed all the same.
        #expect(try store.remove("box:1").untagged == [name("box:1")])
        #expect(try store.removeUnneededBlobs().digests.count == 5)
    }

    @Test("an entry of another type protects what it refers to")
    func artifacts() throws {
        try load("box:1", ["a"])
        let layer = try store.image("box:1").layers[0]
        let staging = try store.layout.stage()
        let json = "{\"blobs\":[{\"mediaType\":\"x/y\",\"digest\":\"\(layer.digest)\",\"size\":1}]}"
        let artifact = try staging.blob(Array(json.utf8))
        try store.layout.publish([artifact]) { index in
            index.manifests.append(artifact.descriptor("application/vnd.oci.artifact.manifest.v1+json"))
        }
        #expect(try store.list().count == 1)
        _ = try store.remove("box:1")
        #expect(Set(try Files.list(store.layout.blobs)) == [artifact.digest.hex, layer.digest.hex])
    }

    @Test("two entries of one name are one image, the later; removing the name removes it from both")
    func sameName() throws {
        try load("box:1", ["a"])
        let second = try load("box:2", ["b"])
        try store.layout.publish([]) { index in
            let position = try #require(index.manifests.firstIndex { $0.name?.tag == "2" })
            index.manifests[position].annotations = [BlobDescriptor.nameAnnotation: "box:1"]
        }
        #expect(try store.image("box:1").id == second)
        #expect(try store.list().map(\.name) == [name("box:1"), nil])
        #expect(try store.remove("box:1").deleted == [second])
        #expect(try store.list().map(\.name) == [nil])
    }

    @Test("the description is what the documents say")
    func details() throws {
        let id = try load("box:1", ["a"])
        try store.tag("box:1", as: name("alias"))
        let image = try store.image("box:1")
        let json = String(decoding: try store.details(of: "box:1").json(), as: UTF8.self)
        for part in [
            "\"Id\":\"\(id)\"", "\"RepoTags\":[\"alias:latest\",\"box:1\"]", "\"Cmd\":[\"sh\"]",
            "\"Created\":\"2020-01-02T03:04:05Z\"", "\"Os\":\"linux\"", "\"Size\":\(image.size)",
            "\"RootFS\":{\"Layers\":[\"\(image.layers[0].diffID)\"],\"Type\":\"layers\"}",
            "\"Digest\":\"\(image.manifestDigest)\"",
        ] {
            #expect(json.contains(part), "\(part) is not in \(json)")
        }
    }

    @Test("history: steps with and without a layer, and layers without a step")
    func history() throws {
        let staging = try store.layout.stage()
        let layers = try ["a", "bb", "ccc"].map { try staging.blob(ArchivedImageBuilder.layer($0)) }
        let history = [
            HistoryEntry(createdBy: "ADD"), HistoryEntry(createdBy: "ENV", emptyLayer: true),
            HistoryEntry(createdBy: "RUN", comment: "slow"),
        ]
        let image = try store.publish(
            ConfigDocument(config: nil, diffIDs: layers.map(\.digest), history: history),
            layers: layers.map { $0.descriptor(MediaType.layer) }, new: layers, names: [name("box")],
            in: staging)
        let lines = image.historyLines
        #expect(lines.map(\.step.createdBy) == [nil, "RUN", "ENV", "ADD"])
        #expect(lines.map(\.size) == [layers[2].size, layers[1].size, 0, layers[0].size])
        #expect(lines.map(\.id) == [image.id, nil, nil, nil])
    }

    @Test("removing and importing at the same time never leaves a name without its image")
    func concurrent() async throws {
        let builder = try ArchivedImageBuilder.oci([ArchivedImageBuilder.layer("same")])
        let archive = try directory.file("archive", builder.tar())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<6 {
                group.addTask { [store] in
                    for _ in 0..<15 {
                        if worker.isMultiple(of: 2) {
                            let file = try Descriptor(archive, O_RDONLY)
                            _ = try store.load(from: .tar(file.file))
                            try? store.tag("box:1", as: ImageName("box:copy\(worker)"))
                        } else {
                            // It may be gone already.
                            _ = try? store.remove("box:1")
                            _ = try? store.prune(all: worker == 1)
                        }
                        for line in try store.list() where line.image == nil {
                            // Read before a removal, looked up after it: look again.
                            let again = try store.list().first { $0.name == line.name }
                            #expect(again == nil || again?.image != nil)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        for line in try store.list() {
            let image = try #require(line.image)
            for layer in image.layers { _ = try store.open(layer).rawValue }
        }
        _ = try store.prune(all: true)
        #expect(try blobs() == 0)
    }
}
