import Foundation
import Testing

@Suite("Core knows no storage driver")
struct ArchitectureTests {
    /// The files of Sources/Core: names and lines.
    private static let files = files(in: "Sources/Core")

    private static func files(in directory: String) -> [(name: String, lines: [String])] {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        let core = root.appendingPathComponent(directory)
        let names = (FileManager.default.enumerator(atPath: core.path)?.allObjects as? [String] ?? [])
            .sorted()
        return names.filter { $0.hasSuffix(".swift") }.map { name in
            let text = (try? String(contentsOf: core.appendingPathComponent(name), encoding: .utf8)) ?? ""
            return (name, text.components(separatedBy: "\n"))
        }
    }

    @Test(
        "Nothing prints in the way that keeps silent about what is lost",
        arguments: ["Sources/CLI", "Sources/Core"])
    func prints(directory: String) {
        for file in Self.files(in: directory) {
            for (number, line) in file.lines.enumerated() where line.contains(#/(^|[\s({])print\(/#) {
                Issue.record("\(directory)/\(file.name):\(number + 1): \(line)")
            }
        }
    }

    @Test("There is something to look at")
    func present() {
        #expect(Self.files.count > 50)
    }

    @Test(
        "No file of it names a driver's file system, not even in a comment",
        arguments: ["aufs", "overlay", "--storage bind"])
    func names(word: String) {
        for file in Self.files {
            for (number, line) in file.lines.enumerated() where line.lowercased().contains(word) {
                Issue.record("Sources/Core/\(file.name):\(number + 1): \(line)")
            }
        }
    }

    @Test("No file of it imports a driver or the command line")
    func imports() {
        for file in Self.files {
            for line in file.lines where line.contains("import ") && !line.contains("//") {
                #expect(!line.hasSuffix("Driver") && !line.hasSuffix("import CLI"), "\(file.name): \(line)")
            }
        }
    }
}
