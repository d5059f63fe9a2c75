import CLinux
import Glibc
import SystemPackage
import Testing

@testable import Host
@testable import Mount
@testable import Tree

@Suite("The removal of a tree")
struct TreeRemovalSafetyTests {
    private let tree: TreeFixture

    init() throws {
        tree = try TreeFixture()
    }

    @Test func missingIsSuccess() throws {
        try TreeRemoval.remove(tree.source.appending("missing"))
        try TreeRemoval.remove(tree.source.appending("missing/too"))
    }

    @Test func everyKindOfEntryIsRemoved() throws {
        try tree.directory("directory")
        try tree.directory("directory/empty")
        try tree.file("directory/file", "x")
        try tree.file("file", "x")
        try Files.makeLink(to: "file", at: tree.source.appending("link"))
        try systemCall("mkfifo") { mkfifo(tree.source.appending("pipe").string, 0o600) }
        try systemCall("mknod") { mknod(tree.source.appending("socket").string, S_IFSOCK | 0o600, 0) }
        try TreeRemoval.remove(tree.source)
        #expect(!Files.exists(tree.source))
        #expect(Files.exists(tree.temporary.path))
    }

    @Test func singleFileIsRemoved() throws {
        let file = try tree.file("file")
        try TreeRemoval.remove(file)
        #expect(!Files.exists(file))
    }

    @Test func linksAreNotFollowed() throws {
        let outside = try tree.temporary.directory("outside")
        try tree.temporary.file("outside/file", [1])
        let link = tree.source.appending("link")
        try Files.makeLink(to: outside.string, at: link)
        try Files.makeLink(to: outside.appending("file").string, at: tree.source.appending("other"))
        try TreeRemoval.remove(tree.source)
        #expect(try contents(outside.appending("file")) == [1])
        // Nor the path itself.
        let alone = tree.temporary.path.appending("alone")
        try Files.makeLink(to: outside.string, at: alone)
        try TreeRemoval.remove(alone)
        #expect(!Files.exists(alone))
        #expect(try contents(outside.appending("file")) == [1])
    }

    @Test(arguments: ["/", "..", ".", "a/.."])
    func pathWithoutANameIsRefused(_ path: String) throws {
        let error = #expect(throws: TreeError.self) { try TreeRemoval.remove(FilePath(path)) }
        #expect(error?.errno == .invalidArgument)
    }

    @Test(isRoot, needs("/usr/bin/chattr"), arguments: ["+i", "+a"])
    func flaggedFilesAndDirectoriesAreRemoved(_ flag: String) throws {
        let directory = try tree.directory("directory")
        let file = try tree.file("directory/file", "x")
        let empty = try tree.directory("directory/empty")
        for path in [file, empty, directory, tree.source] { try run("/usr/bin/chattr", flag, path.string) }
        #expect(throws: SystemCallError.self) { try Files.remove(file) }
        try TreeRemoval.remove(tree.source)
        #expect(!Files.exists(tree.source))
    }

    @Test(isRoot, needs("/usr/bin/chattr"))
    func flagOutsideOfTheTreeIsLeftAndTheErrorSaysWhatIsLeft() throws {
        try tree.file("file")
        let above = tree.temporary.path
        try run("/usr/bin/chattr", "+i", above.string)
        let error = #expect(throws: TreeError.self) { try TreeRemoval.remove(tree.source) }
        let stillThere = Files.exists(tree.source)
        try run("/usr/bin/chattr", "-i", above.string)
        #expect(stillThere)
        #expect(error == .failed(call: "rmdir", tree: tree.source, path: "", errno: .notPermitted))
    }

    @Test(isRoot) func mountIsNotCrossedAndTheRestIsRemoved() throws {
        let outside = try tree.temporary.directory("outside")
        try tree.temporary.file("outside/file", [1])
        try tree.directory("directory")
        try tree.directory("directory/mount")
        try tree.file("directory/file")
        try tree.file("other")
        let tree = tree
        let source = tree.source
        try PrivateMountNamespace.run {
            try MountPlan([
                .bind(source: outside, target: source.appending("directory/mount"), readOnly: false)
            ]).execute()
            let error = #expect(throws: TreeError.self) { try TreeRemoval.remove(source) }
            #expect(error == .mounted(tree: source, path: "directory/mount"))
            #expect(error?.errno == .resourceBusy)
            let problem = "cannot remove \(source)/directory/mount: something is mounted there"
            #expect(error?.explanation.problem == problem)
            #expect(!Files.exists(source.appending("other")))
            #expect(!Files.exists(source.appending("directory/file")))
        }
        #expect(try contents(outside.appending("file")) == [1])
        try TreeRemoval.remove(source)
        #expect(!Files.exists(source))
    }

    @Test(isRoot) func fileWithAMountOnItIsNamed() throws {
        let file = try tree.file("file")
        let outside = try tree.temporary.file("outside", [1])
        let source = tree.source
        try PrivateMountNamespace.run {
            try MountPlan([.bind(source: outside, target: file, readOnly: false)]).execute()
            let error = #expect(throws: TreeError.self) { try TreeRemoval.remove(source) }
            #expect(error == .mounted(tree: source, path: "file"))
        }
        #expect(try contents(outside) == [1])
    }

    @Test(isRoot) func rootWithAMountOnItIsNamed() throws {
        let source = tree.source
        let outside = try tree.temporary.directory("outside")
        try tree.temporary.file("outside/file", [1])
        try PrivateMountNamespace.run {
            try MountPlan([.bind(source: outside, target: source, readOnly: false)]).execute()
            let error = #expect(throws: TreeError.self) { try TreeRemoval.remove(source) }
            #expect(error == .mounted(tree: source, path: ""))
        }
        #expect(Files.exists(outside.appending("file")))
    }
}
