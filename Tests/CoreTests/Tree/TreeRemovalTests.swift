import CLinux
import Glibc
import SystemPackage
import Testing

@testable import Core

@Suite(.enabled(if: geteuid() == 0, "mounts and inode flags need root"))
struct TreeRemovalTests {
    private let directory: TemporaryDirectory
    private let tree: FilePath

    init() throws {
        directory = try TemporaryDirectory()
        tree = try directory.directory("tree")
    }

    @Test("what does not exist is removed already")
    func missing() throws {
        try TreeRemoval.remove(directory.path.appending("nothing"))
    }

    @Test("a link is removed, not what it points at")
    func links() throws {
        let outside = try directory.directory("outside")
        try directory.write("outside/file", "x")
        try Files.makeLink(to: outside.string, at: tree.appending("link"))
        try TreeRemoval.remove(tree)
        #expect(!Files.exists(tree))
        #expect(Files.exists(outside.appending("file")))
    }

    @Test("a root that is a link is removed, not what it points at")
    func linkedRoot() throws {
        let link = directory.path.appending("link")
        try Files.makeLink(to: "tree", at: link)
        try TreeRemoval.remove(link)
        #expect(!Files.exists(link) && Files.exists(tree))
    }

    @Test("immutable and append-only files go too, where the file system has such flags")
    func immutable() throws {
        let file = try directory.file("tree/fixed", [1])
        let sub = try directory.directory("tree/sub")
        try directory.file("tree/sub/inside", [1])
        for path in [file, sub] {
            let descriptor = try Descriptor(path, O_RDONLY)
            var flags: Int32 = 0
            guard clx_get_inode_flags(descriptor.rawValue, &flags) == 0,
                clx_set_inode_flags(descriptor.rawValue, flags | clx_FS_IMMUTABLE_FL) == 0
            else { try Test.cancel("/tmp has no inode flags: \(Errno.current)") }
        }
        try TreeRemoval.remove(tree)
        #expect(!Files.exists(tree))
    }

    @Test("a mount in the tree is named and left alone; everything else goes")
    func mount() throws {
        let tree = tree
        let inner = try directory.directory("tree/mounted")
        try directory.file("tree/file", [1])
        try PrivateMountNamespace.run {
            try Mounting.mountNew("tmpfs", at: inner)
            try Files.create(inner.appending("kept"))
            let error = #expect(throws: TreeError.self) { try TreeRemoval.remove(tree) }
            #expect(error == .mounted(tree: tree, path: "mounted"))
            #expect(Files.exists(inner.appending("kept")))
            #expect(!Files.exists(tree.appending("file")))
        }
        #expect(Files.exists(inner))
    }
}
