import Glibc
import Testing

@Suite("run: what a command is given and gives back")
struct RunTests {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
    }

    @Test("Hello")
    func hello() throws {
        let outcome = try sandbox.run("echo", "hello")
        #expect(outcome.status == 0 && outcome.text == "hello\n", outcome.everything)
        sandbox.expectClean()
    }

    @Test("The command's exit status is mydocker's", arguments: [0, 1, 7, 125, 126, 127, 255])
    func exitStatus(status: Int32) throws {
        let outcome = try sandbox.run("sh", "-c", "exit \(status)")
        #expect(outcome.status == status, outcome.everything)
    }

    @Test("A command that a signal ends gives 128+N", arguments: [SIGKILL, SIGTERM, SIGSEGV, SIGABRT])
    func signalStatus(signal: Int32) throws {
        // A process 1 ignores signals from inside: the shell's child is the one that dies.
        let outcome = try sandbox.run("--init", "sh", "-c", "kill -\(signal) $$")
        #expect(outcome.status == 128 + signal, outcome.everything)
    }

    @Test("A command that is not there: 127; not executable: 126; no command set-up: 125")
    func missingCommands() throws {
        let missing = try sandbox.run("nosuchcommand")
        #expect(missing.status == 127 && missing.errors.contains("\"nosuchcommand\""), missing.everything)
        #expect(missing.errors.contains("image busybox:latest"))
        for path in ["/etc/passwd", "/etc", "/etc/passwd/x"] {
            let refused = try sandbox.run(path)
            #expect(refused.status == (path == "/etc/passwd/x" ? 127 : 126), refused.everything)
        }
        let interpreter = try sandbox.run(
            "sh", "-c", "printf '#!/nope\\n' > /x; chmod 755 /x; exec /x")
        #expect(interpreter.status == 127, interpreter.everything)
        let empty = try sandbox.run("")
        #expect(empty.status == 127, empty.everything)
        sandbox.expectClean()
    }

    @Test(
        "Arguments arrive byte for byte",
        arguments: [
            ["a  b"], [""], ["", ""], ["a\nb"], ["-x", "--help", "--"], ["'", "\"", "$HOME", "`id`", "\\"],
            ["ü"],
        ])
    func arguments(words: [String]) throws {
        let script = "for word; do printf '<%s>' \"$word\"; done"
        let container = try sandbox.start(["run", "sh", "-c", script, "sh"] + words)
        let outcome = container.finish()
        #expect(outcome.text == words.map { "<\($0)>" }.joined(), outcome.everything)
    }

    @Test("The example of the original: sh -c 'echo \"a  b\"'")
    func quotedSpaces() throws {
        #expect(try sandbox.run("sh", "-c", "echo \"a  b\"").text == "a  b\n")
    }

    @Test("Arguments and variables need not be UTF-8")
    func bytes() throws {
        let odd: [UInt8] = [0xFF, 0xFE, 0x20, 0xC3, 0x28, 0x0A, 0x80]
        let words = [Tool.binary, "run", "printf", "%s"].map { Array($0.utf8) } + [odd]
        let outcome = try Program(bytes: words, .init(environment: ["MYDOCKER_ROOT": sandbox.root])).finish()
        #expect(outcome.output == odd, outcome.everything)
    }

    @Test("Variables are bytes, however they are given", arguments: ["-e", "-eX=", "--env=", "--env"])
    func variableBytes(option: String) throws {
        let odd: [UInt8] = [0xFF, 0xFE, 0x20, 0xC3, 0x28, 0x80, 0xEF, 0xBF, 0xBD]
        let name = Array("X=".utf8)
        let given: [[UInt8]] =
            switch option {
            case "-eX=": [Array("-eX=".utf8) + odd]
            case "--env=": [Array("--env=X=".utf8) + odd]
            default: [Array(option.utf8), name + odd]
            }
        let words = [Tool.binary, "run"].map { Array($0.utf8) } + given
        let command = ["sh", "-c", "printf %s \"$X\""].map { Array($0.utf8) }
        let outcome = try Program(bytes: words + command, .init(environment: ["MYDOCKER_ROOT": sandbox.root]))
            .finish()
        #expect(outcome.output == odd, outcome.everything)
    }

    @Test("10 000 arguments")
    func manyArguments() throws {
        let words = (1...10_000).map { "argument-\($0)" }
        let outcome = try sandbox.start(["run", "sh", "-c", "echo $#; shift 9999; echo $1", "sh"] + words)
            .finish()
        #expect(outcome.lines == ["10000", "argument-10000"], outcome.everything)
    }

    @Test("-e, -w and --hostname")
    func surroundings() throws {
        let outcome = try sandbox.run(
            "-e", "A=1", "-e", "B=x=y z", "-e", "HOME=/tmp", "-e", "TAKEN", "-e", "ABSENT", "-w", "/new/dir",
            "--hostname", "box", "sh", "-c",
            "echo $A; echo $B; echo $HOME; echo $TAKEN; echo ${ABSENT-unset}; echo ${MYDOCKER_ROOT-unset}; pwd; hostname",
            setup: .init(environment: ["TAKEN": "from outside"]))
        let expected = ["1", "x=y z", "/tmp", "from outside", "unset", "unset", "/new/dir", "box"]
        #expect(outcome.lines == expected, outcome.everything)
    }

    @Test(
        "Options that make no sense: 125 and a sentence",
        arguments: [
            ["-w", "relative", "true"], ["--hostname", "", "true"], ["-e", "=x", "true"], ["-e", "", "true"],
            ["--rm", "--keep", "true"], ["--nosuchoption", "true"], ["--storage", "nosuch", "true"],
            ["--hostname", String(repeating: "h", count: 65), "true"], ["--log-level", "loud", "true"],
            ["--rootfs", "/", "--image", "busybox", "true"], ["--image", "BAD NAME", "true"],
            ["--root", "", "true"],
        ])
    func badOptions(words: [String]) throws {
        let outcome = try sandbox.start(["run"] + words).finish()
        #expect(outcome.status == 125 && outcome.errors.hasPrefix("mydocker: "), outcome.everything)
        #expect(outcome.text == "")
        sandbox.expectClean()
    }

    @Test("run --help explains itself")
    func help() throws {
        let outcome = try sandbox.run("--help")
        #expect(outcome.status == 0 && outcome.text.contains("--storage"), outcome.everything)
    }

    @Test("--init reaps orphans and has the command as its child")
    func reaper() throws {
        let outcome = try sandbox.run(
            "--init", "sh", "-c", "echo $$; (sh -c 'exit 3' & exec true) ; cat /proc/1/comm; exit 9")
        #expect(outcome.status == 9 && outcome.lines == ["2", "mydocker init"], outcome.everything)
    }

    @Test("No descriptor of the caller gets into the container")
    func descriptors() throws {
        let file = open("/etc/hostname", O_RDONLY | O_CLOEXEC)
        defer { close(file) }
        for words in [["ls", "/proc/self/fd"], ["--init", "ls", "/proc/self/fd"]] {
            let outcome = try sandbox.start(["run"] + words, .init(inherited: [9: file, 57: file])).finish()
            // ls itself has the directory open: as 3.
            #expect(outcome.lines == ["0", "1", "2", "3"], outcome.everything)
        }
    }
}
