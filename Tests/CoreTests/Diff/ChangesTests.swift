import Glibc
import SystemPackage
import Testing

@testable import Host
@testable import Layers
@testable import Tree

/// Two trees and what is different between them.
@Suite("Changes between two trees")
struct ChangesTests {
    private let temporary: TemporaryDirectory
    private let old: FilePath
    private let new: FilePath

    init() throws {
        temporary = try TemporaryDirectory()
        old = try temporary.directory("old")
        new = try temporary.directory("new")
    }

    private func lines() throws -> [String] { try Changes.between(old, and: new).map(\.description) }

    @Test("Equal times prove nothing, equal content does")
    func content() throws {
        for (name, before, after) in [("same", "one", "one"), ("other", "one", "two"), ("longer", "1", "22")]
        {
            try temporary.write("old/\(name)", before)
            try temporary.write("new/\(name)", after)
        }
        for side in [old, new] {
            for name in ["same", "other", "longer"] { try setTime(side.appending(name)) }
        }
        #expect(try lines() == ["C /", "C /longer", "C /other"])
    }

    @Test("A hole is as good as the zeros in it, and data behind holes counts")
    func holes() throws {
        try makeSparse(old.appending("file"), mark: "x")
        try makeSparse(new.appending("file"), mark: "y")
        try makeSparse(old.appending("same"), mark: "x")
        try makeSparse(new.appending("same"), mark: "x")
        try temporary.file("old/zeros", [UInt8](repeating: 0, count: 100_000))
        let file = try Descriptor(new.appending("zeros"), O_RDWR | O_CREAT, mode: 0o644)
        try #require(ftruncate(file.rawValue, 100_000) == 0)
        for side in [old, new] {
            for name in ["file", "same", "zeros"] { try setTime(side.appending(name)) }
        }
        #expect(try lines() == ["C /", "C /file"])
    }

    private func makeSparse(_ path: FilePath, mark: String) throws {
        let file = try Descriptor(path, O_RDWR | O_CREAT, mode: 0o644)
        try #require(ftruncate(file.rawValue, 1 << 40) == 0)
        try #require(pwrite(file.rawValue, mark, 1, 1 << 39) == 1)
    }

    private func setTime(_ path: FilePath) throws {
        let time = timespec(tv_sec: 1_000_000_000, tv_nsec: 0)
        try systemCall("utimensat", path) { utimensat(AT_FDCWD, $0, [time, time], AT_SYMLINK_NOFOLLOW) }
    }

    @Test("Names of one file: joined, parted, and one of them changed")
    func links() throws {
        for side in ["old", "new"] {
            for name in ["a", "b", "j1", "j2", "p1"] {
                try temporary.write("\(side)/\(name)", name.prefix(1) + "")
            }
        }
        for side in [old, new] { try link("a", "a2", side) }
        try link("p1", "p2", old)
        try temporary.write("new/p2", "p")
        try Files.remove(new.appending("j2"))
        try link("j1", "j2", new)
        for side in [old, new] { for name in try Files.list(side) { try setTime(side.appending(name)) } }
        #expect(try lines() == ["C /", "C /j1", "C /j2", "C /p1", "C /p2"])
        try temporary.write("new/a", "A")
        #expect(try lines() == ["C /", "C /a", "C /a2", "C /j1", "C /j2", "C /p1", "C /p2"])
    }

    private func link(_ name: String, _ second: String, _ side: FilePath) throws {
        let result = Glibc.link(side.appending(name).string, side.appending(second).string)
        try #require(result == 0)
    }

    @Test("The order is that of a walk")
    func order() throws {
        for name in ["a", "a-b", "a/x", "a.d", "b"] { _ = try? temporary.directory("new/\(name)") }
        #expect(try lines() == ["C /", "A /a", "A /a/x", "A /a-b", "A /a.d", "A /b"])
    }

    @Test("Deep trees", arguments: [(1500, "d"), (300, String(repeating: "n", count: 255))])
    func deep(depth: Int, name: String) throws {
        try makeChain(depth, named: name, in: new)
        let changes = try Changes.between(old, and: new)
        #expect(changes.count == depth + 2 && changes.last?.kind == .added)
        try makeChain(depth, named: name, in: old)
        let back = try Changes.between(new, and: try temporary.directory("empty"))
        #expect(back.map(\.kind) == [.modified, .deleted])
    }

    @Test("Symbolic links are compared and never followed")
    func symlinks() throws {
        for (side, target) in [(old, "/etc"), (new, "/usr")] {
            try Files.makeLink(to: target, at: side.appending("link"))
            try Files.makeLink(to: "/", at: side.appending("same"))
            for name in ["link", "same"] { try setTime(side.appending(name)) }
        }
        #expect(try lines() == ["C /", "C /link"])
    }

    @Test("Directories are opened the same without openat2", arguments: [true, false])
    func opening(usingOpenAt2: Bool) throws {
        _ = try temporary.directory("new/a")
        _ = try temporary.directory("new/a/b")
        try temporary.write("new/a/b/c", "")
        try Files.makeLink(to: "a", at: new.appending("l"))
        let tree = try TreeRoot(new, usingOpenAt2: usingOpenAt2)
        let directory = try tree.open(LayerPath(Array("a/b".utf8)))
        #expect(try LayerDirectory.names(in: directory.rawValue) == [Array("c".utf8)])
        #expect(throws: SystemCallError.self) { _ = try tree.open(LayerPath(Array("l/b".utf8))) }
        #expect(throws: SystemCallError.self) { _ = try tree.open(LayerPath(Array("a/b/c".utf8))) }
    }
}
