import Glibc
import Testing

@Suite("Output that cannot be written")
struct LostOutputTests {
    private static let commands: [[String]] = [
        ["images"], ["ps", "-a"], ["image", "inspect", "busybox"], ["image", "history", "busybox"],
        ["storage", "ls"], ["storage", "info"], ["storage", "df"], ["storage", "verify"], ["storage", "gc"],
        ["run", "--dry-run", "busybox", "true"], ["--version"], ["--help"], ["run", "--help"],
        ["--generate-completion-script", "bash"], ["save", "busybox"], ["diff", "kept"], ["export", "kept"],
        ["commit", "kept"], ["tag", "busybox", "b"],
    ]

    @Test("is an error of every command that has something to say, on a full disk and a closed stream")
    func lost() throws {
        let sandbox = try Sandbox()
        try #require(try sandbox.run("--keep", "--name", "kept", "touch", "/new").status == 0)
        let full = open("/dev/full", O_WRONLY | O_CLOEXEC)
        defer { close(full) }
        for words in Self.commands {
            for output in [Program.Stream.descriptor(full), .closed] {
                let outcome = try sandbox.start(words, .init(output: output)).finish()
                guard words[0] != "tag" else {
                    #expect(outcome.status == 0, "it says nothing")
                    continue
                }
                #expect(outcome.status == 125 && outcome.errors.contains("write"), outcome.everything)
            }
        }
    }

    @Test("What is said to be wrong comes after what was printed before")
    func order() throws {
        let sandbox = try Sandbox()
        let pipe = try Program(
            ["sh", "-c", "$0 rmi busybox nope 2>&1", Tool.binary],
            .init(environment: ["MYDOCKER_ROOT": sandbox.root])
        ).finish()
        #expect(
            pipe.lines.first == "Untagged: busybox:latest" && pipe.lines.last?.contains("images") == true,
            pipe.everything)
    }
}
