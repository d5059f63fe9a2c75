import DriverConformance
import Foundation
import Testing

@Suite("What is written of the conformance kit")
struct ConformanceDocumentTests {
    @Test(
        "Its page and the list of changes know how many cases there are, and each of them",
        arguments: [
            "docs/conformance.md", "CHANGELOG.md",
        ])
    func count(file: String) throws {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        let text = try String(contentsOf: root.appendingPathComponent(file), encoding: .utf8)
        #expect(text.contains("\(ConformanceKit.cases.count) cases"))
        guard file.hasPrefix("docs") else { return }
        for test in ConformanceKit.cases { #expect(text.contains("| \(test.id) |"), "\(test.id)") }
    }
}
