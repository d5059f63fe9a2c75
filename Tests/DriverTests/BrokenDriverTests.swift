import CLinux
import Core
import DriverConformance
import ForgetfulDriver
import Glibc
import SystemPackage
import Testing

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
            let result = kit.run(test)
            #expect(
                (result.verdict == .failed) == about.contains(test.id),
                "\(test.id): \(result.verdict) \(result.detail ?? "")")
        }
    }
}
