import CLinux
import Glibc
import SystemPackage
import Testing

@testable import Host
@testable import Mount

@Suite("A private mount namespace", isRoot)
struct PrivateMountNamespaceTests {
    @Test func hidesItsMountsAndEnds() throws {
        let temporary = try TemporaryDirectory()
        let source = try temporary.directory("source")
        let target = try temporary.directory("target")
        try temporary.file("source/file", [1])
        let seen = try PrivateMountNamespace.run {
            try MountPlan([.bind(source: source, target: target, readOnly: false)]).execute()
            return Files.exists(target.appending("file"))
        }
        #expect(seen)
        #expect(!Files.exists(target.appending("file")))
        #expect(!(try Files.read("/proc/self/mountinfo").contains(target.string)))
    }

    @Test func throwsWhatTheBodyThrows() {
        #expect(throws: SystemCallError("test", errno: .resourceBusy)) {
            try PrivateMountNamespace.run { throw SystemCallError("test", errno: .resourceBusy) }
        }
    }
}
