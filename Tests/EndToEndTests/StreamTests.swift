import Glibc
import Testing

@Suite("run: plain streams and signals")
struct StreamTests {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
    }

    @Test("echo id | mydocker run -i sh")
    func pipedScript() throws {
        let container = try sandbox.begin("-i", "sh")
        container.send("id\n")
        let outcome = container.finish()
        #expect(outcome.status == 0 && outcome.text.hasPrefix("uid=0(root) gid=0(root)"), outcome.everything)
    }

    @Test("Without -i the standard input is /dev/null")
    func noInput() throws {
        let container = try sandbox.begin("sh", "-c", "readlink /proc/self/fd/0; wc -c")
        container.send("never read\n")
        #expect(container.finish().lines == ["/dev/null", "0"])
    }

    @Test("Large input and output pass unchanged")
    func throughput() throws {
        let outcome = try sandbox.run(
            "-i", "sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' x; echo done >&2")
        #expect(outcome.output.count == 3_000_000 && outcome.errors.hasSuffix("done\n"))
    }

    @Test("A closed standard input, output or error", arguments: [0, 1, 2])
    func closedStream(stream: Int) throws {
        var setup = Program.Setup()
        if stream == 0 { setup.input = .closed }
        if stream == 1 { setup.output = .closed }
        if stream == 2 { setup.errors = .closed }
        for options in [[], ["-i"], ["-ti"], ["--log-level", "debug"]] {
            let outcome = try sandbox.start(
                ["run"] + options + ["sh", "-c", "echo out; echo err >&2; exit 4"], setup
            ).finish()
            #expect(outcome.status == 4, outcome.everything)
            if stream != 1 { #expect(outcome.text == "out\n", outcome.everything) }
            if stream != 2 { #expect(outcome.errors.contains("err\n"), outcome.everything) }
        }
        sandbox.expectClean()
    }

    @Test("A reader that goes away does not keep the container's remains")
    func brokenPipe() throws {
        var ends: [Int32] = [0, 0]
        try #require(Glibc.pipe(&ends) == 0)
        close(ends[0])
        let container = try sandbox.start(
            ["run", "sh", "-c", "yes; echo never"], .init(output: .descriptor(ends[1])))
        close(ends[1])
        #expect(container.finish().status != 0)
        sandbox.expectClean()
    }

    @Test("-ti without a terminal goes on with plain pipes")
    func noTerminal() throws {
        let container = try sandbox.begin("-ti", "sh", "-c", "tty; cat")
        container.send("text\n")
        let outcome = container.finish()
        #expect(outcome.lines == ["not a tty", "text"] && outcome.errors.contains("-t"), outcome.everything)
    }

    @Test(
        "Signals reach the command",
        arguments: [
            ("TERM", SIGTERM), ("INT", SIGINT), ("HUP", SIGHUP), ("QUIT", SIGQUIT), ("USR1", SIGUSR1),
            ("USR2", SIGUSR2),
        ], [[], ["--init"]])
    func signals(signal: (name: String, number: Int32), options: [String]) throws {
        let script = "trap 'echo got \(signal.name); exit 33' \(signal.name); echo ready; read line"
        let container = try sandbox.start(
            ["run", "-i"] + options + ["sh", "-c", script], .init(input: .pipe))
        #expect(try container.line() == "ready")
        container.signal(signal.number)
        #expect(try container.line() == "got \(signal.name)")
        #expect(container.finish(keepingInput: true).status == 33)
        sandbox.expectClean()
    }

    @Test("A signal without a handler ends a command behind --init")
    func defaultAction() throws {
        let container = try sandbox.begin("-i", "--init", "sh", "-c", "echo ready; exec cat")
        #expect(try container.line() == "ready")
        container.signal(SIGTERM)
        #expect(container.finish(keepingInput: true).status == 128 + SIGTERM)
        sandbox.expectClean()
    }
}
