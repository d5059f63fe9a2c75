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

    @Test("At level trace, and at no other, what each step took", arguments: [[], ["--init"]])
    func steps(options: [String]) throws {
        func told(_ level: String) throws -> [Substring] {
            let words = ["run", "--log-level", level] + options
            let outcome = try sandbox.start(words + ["sh", "-c", "exit 7"]).finish()
            #expect(outcome.status == 7, outcome.everything)
            let lines = outcome.errors.split(separator: "\n").filter { $0.contains("step microseconds=") }
            for line in lines { #expect(line.contains(/microseconds=[0-9]+ name=/), "\(line)") }
            return lines.compactMap { $0.split(separator: "name=").last }
        }
        let all = try told("trace")
        #expect(
            all.filter { !$0.hasPrefix("init") } == [
                "parse", "resolve", "prepare", "cgroup", "plan", "clone", "exec", "wait", "clean-up",
            ])
        // Those of the other process come when they come.
        #expect(all.filter { $0.hasPrefix("init") } == ["init: message", "init: mounts", "init: command"])
        #expect(try told("debug") == [])
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
