import Glibc
import Testing

@Suite("run: what the image says and what the user says instead")
struct ImageConfigTests {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
        let words = [
            "sh", "-c",
            "mkdir -p /etc /srv; echo 'web:x:33:44::/srv:/bin/sh' > /etc/passwd; echo 'extra:x:70:web' > /etc/group",
        ]
        try #require(try sandbox.start(["run", "--keep", "--name", "made"] + words).finish().status == 0)
    }

    private func commit(_ name: String, _ instructions: String...) throws {
        let changes = instructions.flatMap { ["--change", $0] }
        let made = try sandbox.start(["commit"] + changes + ["made", name]).finish()
        try #require(made.status == 0, made.everything)
    }

    @Test("USER is honoured, and -u wins", arguments: [[], ["--init"]])
    func user(options: [String]) throws {
        try commit("web", "USER web")
        let script =
            "id -u; id -g; id -G; echo $HOME; grep CapEff /proc/self/status; touch /x; echo $?; echo e > /dev/stderr"
        let outcome = try sandbox.start(["run"] + options + ["web", "sh", "-c", script]).finish()
        #expect(
            outcome.lines == ["33", "44", "44 70", "/srv", "CapEff:\t0000000000000000", "1"],
            outcome.everything)
        #expect(outcome.errors.hasSuffix("e\n"), outcome.everything)
        let other = try sandbox.run(
            "-u", "5:6", "-e", "HOME=/h", "web", "sh", "-c", "id -u; id -G; echo $HOME")
        #expect(other.lines == ["5", "6", "/h"], other.everything)
        #expect(try sandbox.run("--user", "0", "web", "id", "-u").text == "0\n")
        let unknown = try sandbox.run("--user", "nobody", "web", "true")
        #expect(unknown.status == 125 && unknown.errors.contains("the user nobody"), unknown.everything)
        #expect(try sandbox.tool("rm", "made").status == 0)
        sandbox.expectClean()
    }

    @Test("A user's command with a terminal may open it again")
    func userOnTerminal() throws {
        let terminal = try Terminal()
        let container = try sandbox.begin(
            "-ti", "-u", "33", "--image", "busybox", "sh", "-c",
            "echo hello > /dev/tty; echo there > /dev/stdout",
            setup: .init(terminal: terminal.path))
        try terminal.waitFor("hello")
        try terminal.waitFor("there")
        #expect(container.finish().status == 0)
    }

    @Test("After SIGKILL of mydocker a user's command dies as well")
    func userDies() throws {
        let container = try sandbox.begin("-i", "-u", "33", "sh", "-c", "echo ready; read line")
        #expect(try container.line() == "ready")
        container.signal(SIGKILL)
        // Ends when nobody holds the streams any more.
        #expect(container.finish(keepingInput: true).status == -SIGKILL)
        #expect(try sandbox.tool("ps", "-q").text == "")
        #expect(try sandbox.tool("rm", "made").status == 0)
        sandbox.expectClean()
    }

    @Test(
        "Users are looked up in the image's own files, wherever links lead",
        arguments: [
            "/proc/self/fd/0", "/proc/1/root/etc/passwd", "/dev/zero", "/etc/passwd",
            "../../../../etc/shadow",
        ])
    func hostileUsers(target: String) throws {
        let made = try sandbox.run(
            "--keep", "--name", "evil", "sh", "-c",
            "mkdir -p /etc; rm -f /etc/passwd; ln -s \(target) /etc/passwd")
        try #require(made.status == 0, made.everything)
        #expect(try sandbox.tool("commit", "evil", "evil").status == 0)
        // The input holds a user of that name, as the host's files may.
        let host = "\(sandbox.directory)/passwd"
        Machine.write(host, "daemon:x:1:1::/x:/bin/sh\n")
        let input = open(host, O_RDONLY | O_CLOEXEC)
        defer { close(input) }
        let outcome = try sandbox.run(
            "-i", "-u", "daemon", "evil", "id", setup: .init(input: .descriptor(input)))
        #expect(outcome.status == 125 && outcome.errors.contains("the user daemon"), outcome.everything)
        #expect(try sandbox.run("-u", "7", "evil", "echo", "ok").text == "ok\n")
    }

    @Test("ENTRYPOINT and CMD; --entrypoint drops both")
    func entrypoint() throws {
        try commit("said", #"ENTRYPOINT ["echo", "a  b"]"#, #"CMD ["c"]"#)
        #expect(try sandbox.run("said").text == "a  b c\n")
        #expect(try sandbox.run("said", "d", "e").text == "a  b d e\n")
        #expect(try sandbox.run("--entrypoint", "printf", "said", "%s|", "x", "y z").text == "x|y z|")
        #expect(try sandbox.run("--entrypoint", "", "said", "hostname").status == 0)
        let nothing = try sandbox.run("--entrypoint", "", "said")
        #expect(nothing.status == 125 && nothing.errors.contains("no command"), nothing.everything)
    }

    @Test("SIGTERM becomes the image's stop signal, and --stop-signal wins", arguments: [nil, "SIGUSR2"])
    func stopSignal(option: String?) throws {
        try commit("stopped", "STOPSIGNAL SIGUSR1")
        let words = option.map { ["--stop-signal", $0] } ?? []
        let script =
            "trap 'exit 11' USR1; trap 'exit 12' USR2; trap 'exit 13' TERM; echo ready; while :; do sleep .01; done"
        let container = try sandbox.start(["run"] + words + ["stopped", "sh", "-c", script])
        #expect(try container.line() == "ready")
        container.signal(SIGTERM)
        #expect(container.finish().status == (option == nil ? 11 : 12))
        let unknown = try sandbox.run("--stop-signal", "SIGNONE", "true")
        #expect(unknown.status == 125 && unknown.errors.contains("SIGNONE"), unknown.everything)
    }

    @Test("An image is run by its ID, too")
    func byID() throws {
        let id = try sandbox.tool("images", "-q").lines[0]
        #expect(try sandbox.run(id, "echo", "hello").text == "hello\n")
        #expect(try sandbox.run("--image", String(id.prefix(6)), "echo", "hello").text == "hello\n")
        let unknown = try sandbox.run("--image", "ffffffffffff", "true")
        #expect(unknown.status == 125 && unknown.errors.contains("no image"), unknown.everything)
    }

    @Test(
        "A command killed by a signal is 128 and its number", arguments: [SIGTERM, SIGKILL, SIGSEGV, SIGUSR1])
    func signals(signal: Int32) throws {
        // Process 1 is safe from its own signals: the shell's child is not.
        let outcome = try sandbox.run("--init", "sh", "-c", "kill -\(signal) $$")
        #expect(outcome.status == 128 + signal, outcome.everything)
        let child = try sandbox.run("sh", "-c", "sh -c 'kill -\(signal) $$'; exit $?")
        #expect(child.status == 128 + signal, child.everything)
    }
}
