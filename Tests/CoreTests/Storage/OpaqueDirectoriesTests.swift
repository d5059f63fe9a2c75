import Glibc
import SystemPackage
import Testing

@testable import DriverKit
@testable import Host
@testable import Layers

@Suite("Opaque marks written as deletions")
struct OpaqueDirectoriesTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func layer(_ name: String, _ files: String...) throws -> FilePath {
        let layer = directory.path.appending(FilePath(name).components)
        try Files.makeDirectory(layer)
        for file in files {
            let path = layer.appending(FilePath(file).components)
            try Files.makeDirectories(path.removingLastComponent())
            try Files.create(path)
        }
        return layer
    }

    private func files(_ layer: FilePath, _ place: String = "") throws -> Set<String> {
        var result: Set<String> = []
        for name in try Files.list(layer) {
            let path = layer.appending(FilePath(name).components)
            if Files.isDirectory(path) {
                result.formUnion(try files(path, "\(place)\(name)/"))
            } else {
                result.insert(place + name)
            }
        }
        return result
    }

    @Test("What each hides is what it hid, two above each other too, and in the directories in it")
    func stacked() throws {
        let long = String(repeating: "n", count: 253)
        let base = try layer(
            "0", "d/a", "d/b", "d/sub/x", "d/sub/deep/y", "other/\(long)", "other/z", "kind/file")
        let middle = try layer("1", "d/.wh..wh..opq", "d/b", "d/c", "kind/.wh.file")
        let top = try layer(
            "2", "d/.wh..wh..opq", "d/c", "d/sub/w", "other/.wh..wh..opq", "new/.wh..wh..opq", "new/n")
        let before = try #require(Files.status(top.appending("d"))).modified

        try OpaqueDirectories.spellOut(in: base, on: [])
        try OpaqueDirectories.spellOut(in: middle, on: [base])
        #expect(try files(middle) == ["d/.wh.a", "d/b", "d/c", "d/.wh.sub", "kind/.wh.file"])
        try OpaqueDirectories.spellOut(in: top, on: [middle, base])
        // The lower sub is hidden already, and a name that is too long for a mark needs the opaque one.
        #expect(
            try files(top) == [
                "d/.wh.b", "d/c", "d/sub/w", "new/n", "other/.wh..wh..opq", "other/.wh.z",
            ])
        #expect(try #require(Files.status(top.appending("d"))).modified == before)
    }

    @Test("In a directory that is there again, what a lower layer has in it")
    func nested() throws {
        let base = try layer("0", "d/sub/x", "d/sub/deep/y")
        let top = try layer("1", "d/.wh..wh..opq", "d/sub/deep/z")
        try OpaqueDirectories.spellOut(in: top, on: [base])
        #expect(try files(top) == ["d/sub/.wh.x", "d/sub/deep/.wh.y", "d/sub/deep/z"])
    }
}
