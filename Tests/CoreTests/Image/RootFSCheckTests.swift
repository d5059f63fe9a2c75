import Testing

@testable import Images
@testable import Layers
@testable import Tree

@Suite("What may become an image")
struct RootFSCheckTests {
    private func check(_ build: (inout ArchiveBuilder) throws -> Void) throws {
        var check = RootFSCheck()
        for entry in try entries(ArchiveBuilder.make(build)) { try check.check(entry) }
    }

    @Test("a link to what is there, under any of its names")
    func links() throws {
        try check {
            try $0.file("d/e/a")
            try $0.hardLink("b", to: "./d//e/a")
            try $0.hardLink("c", to: "b")
            try $0.hardLink("c", to: "c")
            try $0.directory("d")
            try $0.hardLink("f", to: "d/e/a")
        }
    }

    @Test(
        "a link to a directory, to nothing, or to what was replaced",
        arguments: ["d", "d/e", "x", "d/e/x", "y/a"])
    func noLinks(target: String) {
        #expect(throws: ImageError.self) {
            try check {
                try $0.file("d/e/a")
                try $0.file("y/a")
                try $0.file("y")
                try $0.hardLink("b", to: target)
            }
        }
    }

    @Test("a file is no directory, until it is replaced by one")
    func replaced() throws {
        #expect(throws: ImageError.self) {
            try check {
                try $0.file("a")
                try $0.file("a/b")
            }
        }
        try check {
            try $0.file("a")
            try $0.directory("a")
            try $0.file("a/b")
        }
    }

    @Test("S7: paths of two thousand directories each take no more memory than their names")
    func deepNames() throws {
        var names = LayerNames()
        let deep = String(repeating: "d/", count: 2000) + "f"
        let path = try LayerPath(Array(deep.utf8))
        let number = names.add(path)
        #expect(names.count == 2001)
        #expect(names.path(of: number) == path)
        #expect(names.number(of: path) == number)
        #expect(names.add(path) == number)
        let sibling = names.add(path.parent.appending("g".utf8))
        #expect(names.count == 2002)
        #expect(names.path(of: sibling).parent == path.parent)
        #expect(names.path(of: 0).isRoot)
        #expect(names.number(of: try LayerPath(Array("d/f".utf8))) == nil)
    }
}
