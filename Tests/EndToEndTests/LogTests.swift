import Foundation
import Testing

@Suite("What mydocker tells")
struct LogTests {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
    }

    @Test("At level info, the story from the cgroup to the command", arguments: Driver.usable.map(\.name))
    func story(driver: String) throws {
        let outcome = try sandbox.run("--storage", driver, "--log-level", "info", "echo", "hello")
        #expect(outcome.text == "hello\n")
        // Two processes tell it, each in its order.
        for part in [
            ["cgroup made", "command sent", "container ended"],
            ["init started", "current location", "mount performed", "path found"],
        ] {
            var rest = outcome.errors[...]
            for chapter in part {
                let found = rest.range(of: chapter)
                #expect(found != nil, "\"\(chapter)\" is missing, or too early: \(outcome.errors)")
                if let found { rest = rest[found.upperBound...] }
            }
        }
        #expect(outcome.errors.contains("/bin/echo") && outcome.errors.contains("/mydocker/"))
    }

    @Test("Quiet by default")
    func quiet() throws {
        #expect(try sandbox.run("--storage", Driver.usable[0].name, "true").errors == "")
    }

    @Test(
        "--log-format json: every line is an object",
        arguments: [["true"], ["nosuchcommand"], ["--name", "a/b", "x"]])
    func json(words: [String]) throws {
        let outcome = try sandbox.start(["run", "--log-level", "debug", "--log-format", "json"] + words)
            .finish()
        let lines = outcome.errors.split(separator: "\n")
        #expect(!lines.isEmpty)
        for line in lines {
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            #expect(
                object?["level"] is String && object?["message"] is String && object?["time"] is Double,
                "\(line)")
        }
    }

    @Test("Names with control characters stay one JSON line, and one line of text")
    func control() throws {
        let outcome = try sandbox.run("--log-format", "json", "--name", "a\"\n\u{1}\\", "true")
        #expect(outcome.errors.split(separator: "\n").count == 1, outcome.everything)
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(outcome.errorBytes)) }
    }
}
