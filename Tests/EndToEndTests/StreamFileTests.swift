import Glibc
import Testing

@Suite("run: streams that are files go through a pipe", .driver("overlay"))
struct StreamFileTests {
    private let sandbox: Sandbox
    private var log: String { "\(sandbox.directory)/log" }

    init() throws {
        sandbox = try Sandbox()
        Machine.write(log, "earlier\n")
    }

    /// Runs `mydocker run` with these words in a shell that redirects.
    private func shell(_ redirections: String, _ words: String...) throws -> Outcome {
        try Program(
            [
                "sh", "-c", "m=$1; shift; \"$m\" run --storage overlay \"$@\" \(redirections)", "sh",
                Tool.binary,
            ] + words,
            .init(environment: ["MYDOCKER_ROOT": sandbox.root, "LOG": log])
        ).finish()
    }

    @Test("Nobody inside cuts off or reads the log that the output is appended to")
    func appended() throws {
        let outcome = try shell(
            ">>$LOG", "sh", "-c",
            ": >/proc/self/fd/1; echo >/dev/stdout kept; readlink /proc/self/fd/1; seek() { :; }")
        #expect(outcome.status == 0, outcome.everything)
        let lines = (Machine.text(log) ?? "").split(separator: "\n")
        #expect(lines.prefix(2) == ["earlier", "kept"] && lines.last?.hasPrefix("pipe:") == true, "\(lines)")
    }

    @Test("An ordinary user opens /dev/stdout and /dev/stderr again", arguments: [[], ["--init"]])
    func ordinaryUser(options: [String]) throws {
        let words = options + ["-u", "1000", "sh", "-c", "echo out >/dev/stdout; echo err >/dev/stderr"]
        let outcome = try Program(
            ["sh", "-c", "m=$1; shift; \"$m\" run --storage overlay \"$@\" >>$LOG 2>&1", "sh", Tool.binary]
                + words,
            .init(environment: ["MYDOCKER_ROOT": sandbox.root, "LOG": log])
        ).finish()
        #expect(
            outcome.status == 0 && Machine.text(log)?.hasSuffix("out\nerr") == true,
            "\(Machine.text(log) ?? "")")
    }

    @Test("What is written to both, when both are one file, stays in order")
    func order() throws {
        let script = "for i in 1 2 3 4 5 6 7 8 9; do echo o$i; echo e$i >&2; done"
        _ = try shell(">$LOG 2>&1", "sh", "-c", script)
        let expected = (1...9).flatMap { ["o\($0)", "e\($0)"] }.joined(separator: "\n")
        #expect(Machine.text(log) == expected)
    }

    @Test("Megabytes pass unchanged, both ways")
    func throughput() throws {
        let data = "\(sandbox.directory)/data"
        let outcome = try Program(
            [
                "sh", "-c",
                "head -c 5000000 /dev/urandom >$DATA; \"$1\" run --storage overlay -i cat <$DATA >$LOG && cmp $DATA $LOG && echo same",
                "sh", Tool.binary,
            ],
            .init(environment: ["MYDOCKER_ROOT": sandbox.root, "LOG": log, "DATA": data])
        ).finish()
        #expect(outcome.lines == ["same"], outcome.everything)
    }

    @Test("A command that reads nothing, or ends first, is not held up by a large input")
    func unread() throws {
        let outcome = try Program(
            [
                "sh", "-c",
                "\"$1\" run --storage overlay -i true </dev/zero; \"$1\" run --storage overlay -i head -c 3 </dev/zero | wc -c",
                "sh",
                Tool.binary,
            ],
            .init(environment: ["MYDOCKER_ROOT": sandbox.root])
        ).finish()
        #expect(outcome.status == 0 && outcome.lines.last == "3", outcome.everything)
        sandbox.expectClean()
    }

    @Test("Output that is lost is 125 and a word", arguments: [">/dev/full", "2>/dev/full"])
    func lost(redirection: String) throws {
        let outcome = try shell("\(redirection) 3>&1", "sh", "-c", "echo x; echo x >&2; exit 3")
        #expect(outcome.status == 125, outcome.everything)
        if redirection == ">/dev/full" {
            #expect(outcome.errors.contains("standard output: No space left"), outcome.everything)
        }
        sandbox.expectClean()
    }
}
