import BindDriver
import CLinux
import Core
import Glibc
import SystemPackage
import Testing

@Suite("The bind driver", .enabled(if: geteuid() == 0, "only root may mount"))
final class BindRootTests {
    private let driver = BindDriver()
    private let place: FilePath
    private let parent: FilePath
    private let snapshot: SnapshotDirectory
    private let target: FilePath

    init() throws {
        var template = Array("/tmp/mydocker-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemCallError("mkdtemp") }
        place = FilePath(platformString: template)
        parent = place.appending("parent")
        snapshot = SnapshotDirectory(place.appending("snapshot"))
        target = place.appending("target")
        for path in [parent, snapshot.path, snapshot.layer, target] { try Files.makeDirectory(path) }
        try Files.create(parent.appending("file"), "parent's")
    }

    deinit {
        try? TreeRemoval.remove(place)
    }

    @Test func isSupportedHere() throws {
        let (driver, place) = (driver, place.appending("probe"))
        try Files.makeDirectory(place)
        #expect(try PrivateMountNamespace.run { driver.probe(in: place) } == .supported)
    }

    @Test func saysWhyItIsNotSupported() throws {
        let (driver, place) = (driver, place)
        // "parent" is already there.
        let support = try PrivateMountNamespace.run { driver.probe(in: place) }
        #expect(support == .unsupported(reason: "mkdir \(place)/parent: File exists", remedy: nil))
    }

    @Test func plans() throws {
        let parents = [parent, place.appending("grandparent")]
        #expect(
            try driver.mounts(of: snapshot, on: parents, at: target, access: .readWrite)
                == MountPlan([.bind(source: snapshot.layer, target: target, readOnly: false)]))
        #expect(
            try driver.mounts(of: snapshot, on: parents, at: target, access: .readOnly)
                == MountPlan([.bind(source: parent, target: target, readOnly: true)]))
        #expect(
            try driver.mounts(of: snapshot, on: [], at: target, access: .readOnly)
                == MountPlan([.bind(source: snapshot.layer, target: target, readOnly: true)]))
        #expect(driver.deletionFormat == .none)
    }

    @Test func writableRootIsAPrivateCopy() throws {
        try systemPermissions(parent, 0o1711)
        try driver.prepare(snapshot, on: [parent], access: .readWrite)
        let plan = try driver.mounts(of: snapshot, on: [parent], at: target, access: .readWrite)
        let target = target
        try PrivateMountNamespace.run {
            try plan.execute()
            try Files.remove(target.appending("file"))
            try Files.create(target.appending("new"), "mine")
        }
        #expect(try Files.read(parent.appending("file")) == "parent's")
        #expect(!Files.exists(parent.appending("new")))
        #expect(try Files.list(snapshot.layer) == ["new"])
        #expect(try permissions(snapshot.layer) == 0o1711)
    }

    @Test func readOnlyRootIsTheParentItself() throws {
        try driver.prepare(snapshot, on: [parent], access: .readOnly)
        #expect(try Files.list(snapshot.layer).isEmpty)
        let plan = try driver.mounts(of: snapshot, on: [parent], at: target, access: .readOnly)
        let target = target
        try PrivateMountNamespace.run {
            try plan.execute()
            #expect(try Files.read(target.appending("file")) == "parent's")
            let error = #expect(throws: SystemCallError.self) { try Files.create(target.appending("new")) }
            #expect(error?.errno == .readOnlyFileSystem)
        }
        #expect(try Files.list(parent) == ["file"])
    }

    @Test func withoutAParentTheLayerIsEmptyAndWritable() throws {
        try driver.prepare(snapshot, on: [], access: .readWrite)
        let plan = try driver.mounts(of: snapshot, on: [], at: target, access: .readWrite)
        let target = target
        try PrivateMountNamespace.run {
            try plan.execute()
            try Files.create(target.appending("new"))
        }
        #expect(try Files.list(snapshot.layer) == ["new"])
    }

    @Test func errorOfTheCopyExplainsItself() throws {
        let missing = place.appending("missing")
        let (driver, snapshot) = (driver, snapshot)
        let error = #expect(throws: TreeError.self) {
            try driver.prepare(snapshot, on: [missing], access: .readWrite)
        }
        #expect(error?.explanation.problem.contains("\(missing)") == true)
    }

    private func systemPermissions(_ path: FilePath, _ mode: mode_t) throws {
        guard chmod(path.string, mode) == 0 else { throw SystemCallError("chmod", path) }
    }

    private func permissions(_ path: FilePath) throws -> mode_t {
        var status = stat()
        guard lstat(path.string, &status) == 0 else { throw SystemCallError("lstat", path) }
        return status.st_mode & 0o7777
    }
}
