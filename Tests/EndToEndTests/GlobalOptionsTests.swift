import Testing

@Suite("Options before the command")
struct GlobalOptionsTests {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
    }

    @Test("--root, --storage and the log's are for whichever command follows, run included")
    func before() throws {
        let elsewhere = ["MYDOCKER_ROOT": "\(sandbox.directory)/none", "MYDOCKER_STORAGE": "floppy"]
        func tool(_ words: String...) throws -> Outcome {
            try Program([Tool.binary, "--root", sandbox.root] + words, .init(environment: elsewhere)).finish()
        }
        #expect(try tool("images").lines.count == 2)
        #expect(try tool("image", "exists", "busybox").status == 0)
        let ran = try tool("--storage=bind", "run", "--keep", "--name", "b", "echo", "hello")
        #expect(ran.text == "hello\n", ran.everything)
        #expect(try tool("ps", "-a").lines.last?.contains("   bind ") == true)
        // What the command is told itself goes first; the environment comes last.
        #expect(try tool("--storage", "x", "run", "--storage", "bind", "echo", "1").text == "1\n")
        let wrong = try tool("run", "true")
        #expect(wrong.status == 125 && wrong.errors.contains("floppy"), wrong.everything)
        let empty = try tool("images", "--root", "\(sandbox.directory)/other")
        #expect(empty.lines.count == 1, empty.everything)
    }

    @Test("The log is told as it is asked for, errors of the command line too")
    func log() throws {
        let traced = try sandbox.tool("--log-level", "debug", "run", "--storage", "bind", "true")
        #expect(traced.status == 0 && traced.errors.contains("mydocker: info: "), traced.everything)
        #expect(
            try sandbox.tool("-D", "run", "--log-level", "error", "--storage", "bind", "true").errors == "")
        let json = try sandbox.tool("--log-format", "json", "frob")
        #expect(json.status == 125 && json.errors.hasPrefix("{\"time\":"), json.everything)
        for (words, text) in [
            (["--root"], "Missing value for '--root'"),
            (["--log-level", "loud", "ps"], "'loud' is no value"),
            (["--frob", "ps"], "Unknown option '--frob'"),
        ] {
            let outcome = try sandbox.start(words).finish()
            #expect(outcome.status == 125 && outcome.errors.contains(text), outcome.everything)
        }
    }
}
