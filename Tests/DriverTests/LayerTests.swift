import AUFSDriver
import BindDriver
import Core
import OverlayDriver
import SystemPackage
import Testing

/// A number of layers, each with a file of its own; the one in the middle deletes the lowest one's.
private func checkUnion(
    _ driver: any StorageDriver, layers: Int, name: String = "chain", access: RootAccess = .readWrite,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let chain = try LayerChain(driver, name: name)
    let middle = layers / 2
    for number in 0..<layers {
        try chain.addLayer(
            ["own-\(number)", "same"], deleting: number == middle && number > 0 ? ["own-0"] : [])
    }
    var expected = (0..<layers).map { "f own-\($0)=\($0)" } + ["f same=\(layers - 1)"]
    if middle > 0 { expected.removeFirst() }
    #expect(try chain.seen(access) == expected.sorted(), sourceLocation: sourceLocation)
}

private let oddNames = [
    "a:b", "a,b", "a b", "a=b", "a\\b", "a\\:b,c", "a\nb", "upperdir=x", "ü",
    String(repeating: "n", count: 255),
    (0..<8).map { _ in String(repeating: "long", count: 50) }.joined(separator: "/"),
]

@Suite("Layers become one tree")
struct LayerTests {
    @Test("aufs", .driver("aufs"), arguments: [1, 2, 40, 60, 61, 120, 126])
    func aufs(layers: Int) throws {
        try checkUnion(AUFSDriver(), layers: layers)
    }

    @Test("overlay", .driver("overlay"), arguments: [1, 2, 40, 128, 500])
    func overlay(layers: Int) throws {
        try checkUnion(OverlayDriver(), layers: layers)
    }

    @Test("bind", .driver("bind"), arguments: [1, 2, 40, 128])
    func bind(layers: Int) throws {
        try checkUnion(BindDriver(), layers: layers)
    }

    @Test("aufs, read-only", .driver("aufs"), arguments: [1, 2, 40, 126])
    func aufsReadOnly(layers: Int) throws {
        try checkUnion(AUFSDriver(), layers: layers, access: .readOnly)
    }

    @Test("overlay, read-only", .driver("overlay"), arguments: [1, 2, 40, 499])
    func overlayReadOnly(layers: Int) throws {
        try checkUnion(OverlayDriver(), layers: layers, access: .readOnly)
    }

    @Test("bind, read-only", .driver("bind"), arguments: [1, 2, 40])
    func bindReadOnly(layers: Int) throws {
        try checkUnion(BindDriver(), layers: layers, access: .readOnly)
    }

    @Test("aufs, below odd and long names", .driver("aufs"), arguments: oddNames)
    func aufsNames(name: String) throws {
        try checkUnion(AUFSDriver(), layers: 5, name: name)
    }

    @Test("overlay, below odd and long names", .driver("overlay"), arguments: oddNames)
    func overlayNames(name: String) throws {
        try checkUnion(OverlayDriver(), layers: 5, name: name)
    }

    @Test("bind, below odd and long names", .driver("bind"), arguments: oddNames)
    func bindNames(name: String) throws {
        try checkUnion(BindDriver(), layers: 5, name: name)
    }
}

@Suite("Too many layers")
struct LayerLimitTests {
    private let snapshot = SnapshotDirectory("/nowhere")

    private func layers(_ count: Int) -> [SnapshotDirectory] {
        (0..<count).map { SnapshotDirectory(FilePath("/layers/\($0)")) }
    }

    @Test("overlay refuses the 501st before anything is mounted")
    func overlay() throws {
        let driver = OverlayDriver()
        _ = try driver.mounts(of: snapshot, on: layers(500), at: "/t", access: .readWrite)
        #expect(throws: StorageError.tooManyLayers(driver: "overlay", layers: 501, limit: 500)) {
            try driver.mounts(of: snapshot, on: layers(501), at: "/t", access: .readWrite)
        }
        _ = try driver.mounts(of: snapshot, on: layers(500), at: "/t", access: .readOnly)
        #expect(throws: StorageError.tooManyLayers(driver: "overlay", layers: 501, limit: 500)) {
            try driver.mounts(of: snapshot, on: layers(501), at: "/t", access: .readOnly)
        }
    }

    @Test("aufs refuses what no kernel of it takes")
    func aufs() {
        #expect(throws: StorageError.tooManyLayers(driver: "aufs", layers: 32767, limit: 32766)) {
            try AUFSDriver().mounts(of: snapshot, on: layers(32767), at: "/t", access: .readWrite)
        }
    }

    @Test("aufs says so when this kernel takes fewer, and shows no part of them", .driver("aufs"))
    func aufsOfThisKernel() throws {
        let chain = try LayerChain(AUFSDriver())
        for number in 0..<600 { try chain.addLayer(["own-\(number)"]) }
        do {
            #expect(try chain.seen(.readWrite).count == 600)
        } catch let error as MountError {
            guard case .tooManyLayers = error else { throw error }
        }
    }
}
