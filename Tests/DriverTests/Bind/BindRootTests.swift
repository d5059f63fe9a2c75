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
    private let parent: SnapshotDirectory
    private let snapshot: SnapshotDirectory
    private let target: FilePath

    init() throws {
        var template = Array("/tmp/mydocker-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemCallError("mkdtemp") }
        place = FilePath(platformString: template)
        parent = SnapshotDirectory(place.appending("parent"))
        snapshot = SnapshotDirectory(place.appending("snapshot"))
        target = place.appending("target")
        for path in [parent.path, parent.layer, snapshot.path, target] { try Files.makeDirectory(path) }
        try Files.create(parent.layer.appending("file"), "parent's")
    }

    deinit {
        try? TreeRemoval.remove(place)
    }

    @Test func isSupportedHere() throws {
        let store = Store(at: place.appending("store"), drivers: DriverRegistry([driver]))
        #expect(try store.drivers.support(of: driver, in: store) == .supported)
    }

    @Test func plans() throws {
        let parents = [parent, SnapshotDirectory(place.appending("grandparent"))]
        #expect(
            try driver.mounts(of: snapshot, on: parents, at: target, access: .readWrite)
                == MountPlan([.bind(source: snapshot.layer, target: target, readOnly: false)]))
        #expect(
            try driver.mounts(of: snapshot, on: parents, at: target, access: .readOnly)
                == MountPlan([.bind(source: parent.layer, target: target, readOnly: true)]))
        #expect(
            try driver.mounts(of: snapshot, on: [], at: target, access: .readOnly)
                == MountPlan([.bind(source: snapshot.layer, target: target, readOnly: true)]))
        #expect(driver.layers == .wholeTree(sharing: false))
    }

    @Test func writableRootIsAPrivateCopy() throws {
        try systemPermissions(parent.layer, 0o1711)
        try driver.create(snapshot, on: [parent], for: .mounting(.readWrite))
        let plan = try driver.mounts(of: snapshot, on: [parent], at: target, access: .readWrite)
        let target = target
        try PrivateMountNamespace.run {
            try plan.execute()
            try Files.remove(target.appending("file"))
            try Files.create(target.appending("new"), "mine")
        }
        #expect(try Files.read(parent.layer.appending("file")) == "parent's")
        #expect(!Files.exists(parent.layer.appending("new")))
        #expect(try Files.list(snapshot.layer) == ["new"])
        #expect(try permissions(snapshot.layer) == 0o1711)
    }

    @Test func readOnlyRootIsTheParentItself() throws {
        try driver.create(snapshot, on: [parent], for: .mounting(.readOnly))
        #expect(try Files.list(snapshot.layer).isEmpty)
        let plan = try driver.mounts(of: snapshot, on: [parent], at: target, access: .readOnly)
        let target = target
        try PrivateMountNamespace.run {
            try plan.execute()
            #expect(try Files.read(target.appending("file")) == "parent's")
            let error = #expect(throws: SystemCallError.self) { try Files.create(target.appending("new")) }
            #expect(error?.errno == .readOnlyFileSystem)
        }
        #expect(try Files.list(parent.layer) == ["file"])
    }

    @Test func withoutAParentTheLayerIsEmptyAndWritable() throws {
        try driver.create(snapshot, on: [], for: .mounting(.readWrite))
        let plan = try driver.mounts(of: snapshot, on: [], at: target, access: .readWrite)
        let target = target
        try PrivateMountNamespace.run {
            try plan.execute()
            try Files.create(target.appending("new"))
        }
        #expect(try Files.list(snapshot.layer) == ["new"])
    }

    @Test func errorOfAMissingParentExplainsItself() throws {
        let missing = SnapshotDirectory(place.appending("missing"))
        let (driver, snapshot) = (driver, snapshot)
        let error = #expect(throws: SystemCallError.self) {
            try driver.create(snapshot, on: [missing], for: .mounting(.readWrite))
        }
        #expect(error?.explanation.problem.contains("\(missing.layer)") == true)
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
