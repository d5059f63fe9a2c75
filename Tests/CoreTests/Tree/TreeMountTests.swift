import CLinux
import Glibc
import SystemPackage
import Testing

@testable import Host
@testable import Mount
@testable import Tree

@Suite("Mounts in a tree that is copied", isRoot)
struct TreeMountTests {
    private static func bind(_ source: FilePath, _ target: FilePath) throws {
        try MountPlan([.bind(source: source, target: target, readOnly: false)]).execute()
    }

    @Test(arguments: [true, false])
    func areCopiedAsEmptyPlaces(usingOpenAt2: Bool) throws {
        let tree = try TreeFixture()
        let directory = try tree.directory("directory")
        let file = try tree.file("file", "beneath")
        try tree.directory("same")
        let outside = try tree.temporary.directory("outside")
        try systemCall("chmod", outside) { chmod($0, 0o1750) }
        try tree.temporary.file("outside/secret", [1])
        let (source, copy) = (tree.source, tree.copy)
        try PrivateMountNamespace.run {
            // All on one file system, so that device numbers tell nothing.
            try Self.bind(outside, directory)
            try Self.bind(outside.appending("secret"), file)
            var copier = try TreeCopier(source, copy, boundary: MountBoundary(usingOpenAt2: usingOpenAt2))
            try copier.run()
        }
        #expect(try Files.list(copy.appending("directory")).isEmpty)
        #expect(try look(copy.appending("directory")).st_mode & 0o7777 == 0o1750)
        #expect(try contents(copy.appending("file")).isEmpty)
        #expect(Files.isDirectory(copy.appending("same")))
    }

    @Test func rootMayBeAMount() throws {
        let tree = try TreeFixture()
        let outside = try tree.temporary.directory("outside")
        try tree.temporary.file("outside/file", [1])
        let (source, copy) = (tree.source, tree.copy)
        try PrivateMountNamespace.run {
            try Self.bind(outside, source)
            try TreeCopy.copy(source, into: copy)
        }
        #expect(try contents(copy.appending("file")) == [1])
    }
}
