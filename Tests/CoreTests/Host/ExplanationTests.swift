import SystemPackage
import Testing

@testable import Host
@testable import Layers

@Suite("What the user is told")
struct ExplanationTests {
    @Test("A hostile name in a message cannot drive the terminal")
    func controlCharacters() {
        let name = "a\u{1b}[2J\r\u{9b}b\u{7f}"
        let entry = ImageError.failedEntry(
            name: name, SystemCallError("create", name, errno: .fileNameTooLong))
        for error in [entry, SystemCallError("open", name, errno: .notPermitted)] as [any Explained] {
            let scalars = error.explanation.problem.unicodeScalars
            #expect(scalars.allSatisfy { $0.value >= 0x20 && !(0x7f..<0xa0).contains($0.value) })
            #expect(error.explanation.problem.contains("[2J"))
        }
    }
}
