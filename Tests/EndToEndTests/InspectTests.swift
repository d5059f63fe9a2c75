import Foundation
import Testing

@Suite("inspect, and the longer names of commands")
struct InspectTests {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
        for words in [["run", "--storage", "bind", "--keep", "--name", "web", "sh", "-c", "exit 3"]] {
            try #require(try sandbox.start(words).finish().status == 3)
        }
    }

    /// What is printed: the objects, the errors, and the status.
    private func inspected(_ words: String...) throws -> ([[String: Any]], String, Int32) {
        let outcome = try sandbox.start(words).finish()
        let objects = try JSONSerialization.jsonObject(with: Data(outcome.output)) as? [[String: Any]]
        return (try #require(objects, "\(outcome.errors)"), outcome.errors, outcome.status)
    }

    @Test("finds containers first, then images, and tells of what there is not")
    func both() throws {
        try #require(try sandbox.tool("tag", "busybox", "web").status == 0)
        let (found, errors, status) = try inspected("inspect", "web", "busybox", "nothing", "web:latest")
        #expect(found.map { $0["Name"] as? String } == ["/web", nil, nil])
        #expect(
            status == 125 && errors.contains("no container or image or volume called \"nothing\""),
            "\(errors)")
        let state = found[0]["State"] as? [String: Any]
        #expect(state?["Status"] as? String == "exited" && state?["ExitCode"] as? Int == 3)
        #expect(found[0]["Driver"] as? String == "bind" && found[0]["Path"] as? String == "sh")
        let id = try #require(found[0]["Id"] as? String)
        #expect(try inspected("container", "inspect", String(id.prefix(4))).0.count == 1)
        #expect(try inspected("inspect", "--type", "image", "web").0[0]["RepoTags"] != nil)
        let none = try inspected("inspect", "--type", "container", "busybox")
        #expect(none.0.isEmpty && none.2 == 125 && none.1.contains("no container called"))
        let image = try inspected("image", "inspect", "nothing", "busybox")
        #expect(image.0.count == 1 && image.2 == 125 && image.1.contains("no image \"nothing\""))
    }

    @Test("container COMMAND is COMMAND, and docker's other names are understood")
    func longer() throws {
        let list = try sandbox.tool("ps", "-a")
        for words in [["container", "ls", "-a"], ["container", "list", "-a"], ["container", "ps", "-a"]] {
            #expect(try sandbox.start(words).finish().lines.count == list.lines.count)
        }
        #expect(
            try sandbox.tool("container", "run", "--storage", "bind", "busybox", "echo", "1").text == "1\n")
        #expect(try sandbox.tool("container", "diff", "web").status == 0)
        #expect(try sandbox.tool("container", "exists", "web").status == 0)
        #expect(try sandbox.tool("container", "exists", "nothing").status == 1)
        let frob = try sandbox.tool("container", "run", "--frob", "x")
        #expect(frob.status == 125 && frob.errors.contains("Unknown option '--frob'"), frob.everything)
        #expect(try sandbox.tool("container", "rm", "web").text == "web\n")
        #expect(try sandbox.tool("container", "frob").errors.contains("no command of mydocker container"))
        #expect(try sandbox.tool("image", "remove", "busybox").status == 0)
        #expect(try sandbox.tool("image", "list").lines.count == 1)
        #expect(try sandbox.tool("-v").text == sandbox.tool("--version").text)
    }

    @Test("import takes changes and a message, as docker's does, and needs no name")
    func imports() throws {
        let made = try sandbox.tool(
            "import", "-c", "CMD [\"echo\", \"made\"]", "--change", "ENV A=b", "-m", "a message", "--unpack",
            "none", Tool.archive.get(), "made")
        #expect(made.status == 0, made.everything)
        #expect(try sandbox.tool("run", "--storage", "bind", "--image", "made").text == "made\n")
        let config = try inspected("inspect", "made").0[0]["Config"] as? [String: Any]
        #expect(config?["Env"] as? [String] == ["A=b"])
        #expect(try sandbox.tool("history", "made").lines[1].hasSuffix("a message"))
        #expect(try sandbox.tool("history", "-q", "made").lines.count == 1)
        #expect(try !sandbox.tool("history", "-H=false", "made").lines[1].contains("MB"))
        let wrong = try sandbox.tool("import", "-c", "/bin/sh", Tool.archive.get(), "other")
        #expect(wrong.status == 125 && wrong.errors.contains("begins with none of CMD"), wrong.everything)
        #expect(try sandbox.tool("import", "--unpack", "none", Tool.archive.get()).status == 0)
    }
}
