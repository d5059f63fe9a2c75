import CLinux
import Core
import DriverConformance
import Glibc
import OverlayDriver
import SystemPackage
import Testing

/// A driver that is right in everything but one: whoever deletes a directory and makes it again finds the old files
/// in it, because the mark that hides them is lost when the layer is sealed.
private struct ForgetfulDriver: StorageDriver {
    private let overlay = OverlayDriver()

    let name = "forgetful"
    var deletionFormat: DeletionFormat { overlay.deletionFormat }
    var capabilities: DriverCapabilities { overlay.capabilities }

    func prepare(_ snapshot: SnapshotDirectory, on parents: [FilePath], access: RootAccess) throws {
        try overlay.prepare(snapshot, on: parents, access: access)
    }

    func seal(_ snapshot: SnapshotDirectory) throws {
        func forget(_ path: FilePath) throws {
            _ = path.withPlatformString { lremovexattr($0, "trusted.overlay.opaque") }
            for name in try Files.list(path) {
                let child = path.appending(FilePath(name).components)
                if Files.isDirectory(child) { try forget(child) }
            }
        }
        try forget(snapshot.layer)
    }

    func mounts(
        of snapshot: SnapshotDirectory, on parents: [FilePath], at target: FilePath, access: RootAccess
    ) throws -> MountPlan {
        try overlay.mounts(of: snapshot, on: parents, at: target, access: access)
    }
}

@Suite("A driver that is broken", .enabled(if: geteuid() == 0, "only root may mount"))
struct BrokenDriverTests {
    @Test("is found out by the cases that are about it, and by no other", .driver("overlay"))
    func found() throws {
        var template = Array("/tmp/mydocker-test-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let place = FilePath(platformString: template)
        defer { try? TreeRemoval.remove(place) }
        let kit = ConformanceKit(ForgetfulDriver(), in: place)
        let about = ["C4", "C6", "C7"]
        let others = ["M2", "C1", "C2", "C3", "C9", "C11", "C12", "D3", "K5", "X1"]
        for test in ConformanceKit.cases where (about + others).contains(test.id) {
            let verdict = kit.run(test).verdict
            #expect((verdict == .failed) == about.contains(test.id), "\(test.id): \(verdict)")
        }
    }
}
