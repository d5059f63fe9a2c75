import CLinux
import Glibc
import SystemPackage
import Testing

@testable import DriverKit
@testable import Host
@testable import Images
@testable import Layers
@testable import Mount
@testable import Storage
@testable import Tree

@Suite("Layers of images as snapshots") struct LayerStoreTests {
    /// A driver whose layers are only looked at; opaque directories must not lie above each other.
    private struct PlainDriver: StorageDriver {
        let name = "plain"
        var layers = LayerModel.changes(.prefix)

        func create(
            _ snapshot: SnapshotDirectory, on parents: [SnapshotDirectory], for use: SnapshotUse
        ) throws {
            try snapshot.makeLayer(on: parents.first)
            if !layers.isUnion, let parent = parents.first {
                try TreeCopy.copy(parent.layer, into: snapshot.layer)
            }
        }

        func finish(_ snapshot: SnapshotDirectory, on parents: [SnapshotDirectory]) throws -> MountPlan {
            if layers.isUnion {
                try OpaqueDirectories.spellOut(in: snapshot.layer, on: parents.map(\.layer))
            }
            return MountPlan([])
        }

        func mounts(
            of snapshot: SnapshotDirectory, on parents: [SnapshotDirectory], at target: FilePath,
            access: RootAccess
        ) throws -> MountPlan { MountPlan([]) }
    }

    private let directory: TemporaryDirectory
    private let store: Store
    private let images: ImageStore
    private let image: Image

    init() throws {
        directory = try TemporaryDirectory()
        store = Store(at: directory.path.appending("store"))
        images = ImageStore(at: store.images)
        try store.create()
        let layers = try [
            ArchiveBuilder.make {
                try $0.add("tmp", .directory, mode: 0o1777)
                try $0.file("d/old")
                try $0.file("linked", "x")
            },
            ArchiveBuilder.make {
                try $0.file("d/.wh..wh..opq")
                try $0.file("d/new")
                try $0.hardLink("link", to: "linked")
            },
            ArchiveBuilder.make { try $0.file("tmp/file") },
        ]
        let archive = try Descriptor(
            directory.file("archive", ArchivedImageBuilder.docker(layers).tar()), O_RDONLY)
        _ = try images.load(from: .tar(archive.file))
        image = try images.image("box:1")
    }

    private func layers(_ model: LayerModel = .changes(.prefix)) -> LayerStore {
        LayerStore(SnapshotStore(store, driver: PlainDriver(layers: model)))
    }

    /// The layer directories, and everything in them.
    private func hold(_ layers: LayerStore) throws -> [[String]] {
        try layers.hold(image, from: images).directories.map { try names($0.layer).sorted() }
    }

    private func names(_ layer: FilePath, _ place: String = "") throws -> [String] {
        try Files.list(layer).flatMap { name in
            let path = layer.appending(FilePath(name).components)
            let below = Files.isDirectory(path) ? try names(path, "\(place)\(name)/") : []
            return [place + name] + below
        }
    }

    private let expected = [
        ["tmp", "tmp/file"], ["d", "d/.wh.old", "d/new", "link", "linked"], ["d", "d/old", "linked", "tmp"],
    ]

    @Test("Layers that are unpacked at the same time have the form that those below give them")
    func unpacked() throws {
        let layers = layers()
        #expect(try hold(layers) == expected)
        #expect(
            Files.status(layers.directories(of: image)[0].layer.appending("tmp"))?.st_mode == S_IFDIR | 0o1777
        )
    }

    @Test("A layer that is made again is the same as the one that was unpacked", arguments: [0, 1, 2])
    func remade(depth: Int) throws {
        let layers = layers()
        #expect(try hold(layers) == expected)
        let made = SnapshotDirectory(directory.path.appending("again"))
        try layers.remake(image, upTo: depth, in: made)
        let old = layers.directories(of: image)[2 - depth]
        #expect(try Changes.betweenLayers(old.layer, and: made.layer, format: .prefix) == [])
    }

    @Test(
        "A layer whose content is lost is unpacked again",
        arguments: [LayerModel.changes(.prefix), .wholeTree(sharing: false), .wholeTree(sharing: true)])
    func lostContent(model: LayerModel) throws {
        let layers = layers(model)
        let whole = try hold(layers)
        for layer in layers.directories(of: image) {
            try TreeRemoval.remove(layer.layer)
            #expect(try hold(layers) == whole)
            // Of the lost directory nothing is left but what is thrown away.
            #expect(try layers.snapshots.usage(SnapshotKey(chainID: image.layers[2].chainID)).inodes > 0)
        }
    }

    @Test("A chain that fails in one layer fails with its error, and nobody waits for ever", arguments: 0..<3)
    func failing(depth: Int) throws {
        struct Failure: Error {}
        let place = try directory.directory("chain")
        let chain = try UnpackingChain(
            in: place, count: 3, on: [], SnapshotStore(store, driver: PlainDriver()))
        #expect(throws: Failure.self) {
            _ = try inParallel([0, 1, 2]) { index in
                try chain.make(index) { _, lower in
                    if index == depth { throw Failure() }
                    _ = try lower()
                    return LayerRemainder(.prefix)
                }
            }
        }
    }

    @Test("Of the layers below only those are looked into that it takes")
    func lookedInto() throws {
        let near = try directory.directory("near")
        try directory.write("near/file", "x")
        _ = try directory.directory("near/d")
        let lost: FilePath = "/nowhere"
        let union = LowerUnion([near, lost], format: .prefix)
        #expect(try union.find(LayerPath(Array("file".utf8))) != nil)
        #expect(try union.find(LayerPath(Array("d".utf8)))?.status.isDirectory == true)
        #expect(try union.find(LayerPath(Array("file/below".utf8))) == nil)
        #expect(throws: SystemCallError.self) { try union.find(LayerPath(Array("d/other".utf8))) }
        // A layer without an opaque directory asks for nothing.
        try OpaqueDirectories.spellOut(in: near, on: [lost])
    }
}
