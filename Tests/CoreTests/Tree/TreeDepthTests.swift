import CLinux
import Glibc
import SystemPackage
import Testing

@testable import Host
@testable import Tree

@Suite("Deep trees")
struct TreeDepthTests {
    @Test(arguments: [(1500, "d"), (300, String(repeating: "n", count: 255))])
    func areCopiedAndRemoved(depth: Int, name: String) throws {
        let tree = try TreeFixture()
        try makeChain(depth, named: name, in: tree.source)
        try tree.run()
        #expect(try chainDepth(named: name, in: tree.copy) == depth)
        try TreeRemoval.remove(tree.source)
        #expect(!Files.exists(tree.source))
        #expect(try chainDepth(named: name, in: tree.copy) == depth)
        try TreeRemoval.remove(tree.copy)
        #expect(!Files.exists(tree.copy))
    }

    @Test func pathOfFourKibibytes() throws {
        let tree = try TreeFixture()
        // 16 times 255 and a "/" each: 4096 bytes below the root.
        let name = String(repeating: "p", count: 255)
        try makeChain(16, named: name, in: tree.source)
        try tree.run()
        #expect(try chainDepth(named: name, in: tree.copy) == 16)
        try TreeRemoval.remove(tree.copy)
        #expect(!Files.exists(tree.copy))
    }

    @Test func linksBetweenDeepDirectories() throws {
        let tree = try TreeFixture()
        for side in ["a", "b"] { try makeChain(1200, named: "d", in: tree.directory(side)) }
        func openEnd(_ path: FilePath) throws -> Descriptor {
            var directory = try Descriptor(path, O_RDONLY | O_DIRECTORY)
            while let child = try? Descriptor("d", O_RDONLY | O_DIRECTORY, at: directory.rawValue) {
                directory = child
            }
            return directory
        }
        do {
            let one = try openEnd(tree.source.appending("a"))
            let other = try openEnd(tree.source.appending("b"))
            try systemCall("link") { linkat(one.rawValue, "end", other.rawValue, "link", 0) }
        }
        try tree.run()
        let one = try openEnd(tree.copy.appending("a"))
        let other = try openEnd(tree.copy.appending("b"))
        let first = try stat(of: EntryName("end"), in: one.rawValue)
        let second = try stat(of: EntryName("link"), in: other.rawValue)
        #expect(first.st_ino == second.st_ino && first.st_nlink == 2)
    }

    @Test func pathOfAnErrorIsWhole() throws {
        let tree = try TreeFixture()
        try makeChain(3, named: "d", in: tree.source)
        try makeChain(3, named: "d", in: tree.copy)
        let removed = tree.copy.appending("d/d")
        try TreeRemoval.remove(removed)
        let error = #expect(throws: TreeError.self) { try tree.run() }
        #expect(error == .failed(call: "mkdir", tree: tree.source, path: "d", errno: .fileExists))
    }
}
