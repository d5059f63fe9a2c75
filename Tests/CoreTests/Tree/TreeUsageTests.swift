import SystemPackage
import Testing

@testable import DriverKit
@testable import Host

@Suite("How much is in a tree")
struct TreeUsageTests {
    @Test("Entries are counted, however deep they are, and only as far as it takes")
    func exceeds() throws {
        let fixture = try TreeFixture()
        try fixture.directory("a")
        try fixture.directory("a/b")
        for number in 1...5 { try fixture.file("a/b/\(number)") }
        try fixture.file("c")
        let expected = 8
        for limit in 0..<expected { #expect(try TreeUsage.exceeds(limit, in: fixture.source)) }
        for limit in expected...expected + 2 { #expect(try !TreeUsage.exceeds(limit, in: fixture.source)) }
    }

    @Test("No link is followed")
    func links() throws {
        let fixture = try TreeFixture()
        for number in 1...9 { try fixture.temporary.file("copy/\(number)", []) }
        try Files.makeLink(to: fixture.copy.string, at: fixture.source.appending("link"))
        #expect(try !TreeUsage.exceeds(1, in: fixture.source))
    }
}
