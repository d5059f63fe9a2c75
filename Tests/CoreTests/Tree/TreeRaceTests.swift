import CLinux
import Glibc
import SystemPackage
import Testing

@testable import Host
@testable import Layers
@testable import Tree

/// What someone does to a tree between two steps of a walk, which is where a race has its effect.
@Suite("Changes in the middle of a walk")
struct TreeRaceTests {
    private let tree: TreeFixture
    private let outside: FilePath
    private let secret: FilePath

    init() throws {
        tree = try TreeFixture()
        outside = try tree.temporary.directory("outside")
        secret = try tree.temporary.file("outside/secret", [1])
        try tree.directory("victim")
        try tree.file("victim/secret", "harmless")
    }

    private func swapVictim() throws {
        let victim = tree.source.appending("victim")
        try Files.rename(victim, to: tree.temporary.path.appending("moved"))
        try Files.makeLink(to: outside.string, at: victim)
    }

    @Test func copyOfADirectoryThatBecomesALinkIsALink() throws {
        // It has listed the root, where "victim" was a directory.
        var copier = try TreeCopier(tree.source, tree.copy)
        try swapVictim()
        try copier.run()
        #expect(try linkTarget(tree.copy.appending("victim")) == outside.string)
    }

    @Test func copyStopsWhenItsDirectoryIsMovedAway() throws {
        var copier = try TreeCopier(tree.source, tree.copy)
        // Now it is in "victim".
        #expect(try copier.step())
        try swapVictim()
        let error = #expect(throws: TreeError.self) { try copier.run() }
        #expect(error == .moved(tree: tree.source, path: "victim"))
        #expect(try text(tree.copy.appending("victim/secret")) == "harmless")
    }

    @Test(arguments: [true, false])
    func linkIsNeverOpened(usingOpenAt2: Bool) throws {
        try swapVictim()
        let root = try Descriptor(tree.source, O_RDONLY | O_DIRECTORY)
        var boundary = MountBoundary(usingOpenAt2: usingOpenAt2)
        var errno: Errno?
        do { _ = try boundary.open(EntryName("victim"), in: root.rawValue, O_RDONLY) } catch {
            errno = error.errno
        }
        #expect(errno == .tooManySymbolicLinkLevels)
    }

    @Test func copyIsNotRedirectedByALinkAtItsPlace() throws {
        var copier = try TreeCopier(tree.source, tree.copy)
        try Files.makeLink(to: outside.string, at: tree.copy.appending("victim"))
        let error = #expect(throws: TreeError.self) { try copier.run() }
        #expect(error?.errno == .fileExists)
        #expect(try contents(secret) == [1])
    }

    @Test func removalOfADirectoryThatBecomesALinkRemovesTheLink() throws {
        var remover = try TreeRemover(tree.source, name: EntryName("source"))
        // Now it has listed the root, where "victim" was a directory.
        #expect(try remover.step())
        try swapVictim()
        _ = try remover.run()
        #expect(!Files.exists(tree.source))
        #expect(try contents(secret) == [1])
        #expect(Files.exists(tree.temporary.path.appending("moved/secret")))
    }

    @Test func removalStopsWhenItsDirectoryIsMovedAway() throws {
        var remover = try TreeRemover(tree.source, name: EntryName("source"))
        #expect(try remover.step())
        // Now it is in "victim".
        #expect(try remover.step())
        let victim = tree.source.appending("victim")
        try Files.rename(victim, to: outside.appending("victim"))
        let error = #expect(throws: TreeError.self) { _ = try remover.run() }
        #expect(error == .moved(tree: tree.source, path: "victim"))
        #expect(try contents(secret) == [1])
    }

    @Test func removalOfAFileThatBecomesADirectory() throws {
        let path = tree.source.appending("changing")
        try Files.create(path)
        var remover = try TreeRemover(tree.source, name: EntryName("source"))
        #expect(try remover.step())
        try Files.remove(path)
        try Files.makeDirectory(path)
        try Files.create(path.appending("file"))
        _ = try remover.run()
        #expect(!Files.exists(tree.source))
    }
}
