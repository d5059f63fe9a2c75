import BindDriver
import Core
import Glibc
import SystemPackage
import Testing

/// The bind driver has no union: these are the promises that only it makes.
@Suite(.enabled(if: geteuid() == 0, "mounting needs root"))
struct BindDriverTests {
    private let driver = BindDriver()

    @Test("a writable root is a copy: the parent stays as it is")
    func privateCopy() throws {
        let chain = try LayerChain(driver)
        let (parent, snapshot, target) = try place(in: chain.directory)
        try driver.prepare(snapshot, on: [parent], access: .readWrite)
        let plan = try driver.mounts(of: snapshot, on: [parent], at: target, access: .readWrite)
        try PrivateMountNamespace.run {
            try plan.execute()
            try Files.remove(target.appending("file"))
            try Files.create(target.appending("new"))
        }
        #expect(Files.exists(parent.appending("file")) && !Files.exists(parent.appending("new")))
        #expect(
            !Files.exists(snapshot.layer.appending("file")) && Files.exists(snapshot.layer.appending("new")))
    }

    @Test("a read-only root is the parent itself: nothing is copied, nothing can be written")
    func readOnly() throws {
        let chain = try LayerChain(driver)
        let (parent, snapshot, target) = try place(in: chain.directory)
        try driver.prepare(snapshot, on: [parent], access: .readOnly)
        #expect(try Files.list(snapshot.layer).isEmpty)
        let plan = try driver.mounts(of: snapshot, on: [parent], at: target, access: .readOnly)
        try PrivateMountNamespace.run {
            try plan.execute()
            #expect(Files.exists(target.appending("file")))
            let error = #expect(throws: SystemCallError.self) { try Files.create(target.appending("new")) }
            #expect(error?.errno == .readOnlyFileSystem)
        }
    }

    private func place(
        in directory: FilePath
    ) throws -> (parent: FilePath, snapshot: SnapshotDirectory, target: FilePath) {
        let parent = directory.appending("parent")
        let snapshot = SnapshotDirectory(directory.appending("snapshot"))
        let target = directory.appending("target")
        for path in [parent, snapshot.path, snapshot.layer, target] { try Files.makeDirectory(path) }
        try Files.create(parent.appending("file"))
        return (parent, snapshot, target)
    }
}
