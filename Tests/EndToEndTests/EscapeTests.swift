import Glibc
import Testing

/// Ways out by what mydocker, or its caller, has open: CVE-2024-21626 and its kin.
@Suite("run: no descriptor leads out of the container")
struct EscapeTests {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
    }

    /// As many descriptors as mydocker and its caller may have open, and some more.
    private static let numbers = [Int32](0...20) + [50]
    private static let options = [[], ["--init"]]

    private static func spellings(of number: Int32) -> [String] {
        let name = "fd/\(number)"
        return ["/proc/self/\(name)", "/proc/1/\(name)", "/proc/thread-self/\(name)", "/dev/\(name)"]
    }

    /// A container that looks for the sandbox's directory above where it starts, and writes there.
    private static let climb = """
        u=.; for i in 1 2 3 4 5 6 7 8 9; do u=$u/..; if [ -f $u/secret ]; then echo reached; echo x > $u/written; fi; done
        """

    /// Runs with directories of the host as descriptors 9 and 50, as `exec 9</tmp` leaves them.
    private func attempt(_ words: [String], terminal: String? = nil) throws -> Outcome {
        let directory = open(sandbox.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        try #require(directory >= 0)
        defer { close(directory) }
        return try sandbox.start(
            ["run"] + words, .init(inherited: [9: directory, 50: directory], terminal: terminal)
        ).finish()
    }

    private func plantSecret() {
        Machine.write("\(sandbox.directory)/secret", "the host's own")
    }

    @Test(
        "A work directory: every number, each spelling", arguments: Driver.usable.map(\.name), Self.options)
    func workDirectory(driver: String, options: [String]) throws {
        plantSecret()
        for path in Self.numbers.flatMap(Self.spellings) {
            let outcome = try attempt(
                ["--storage", driver] + options + ["-w", path, "sh", "-c", Self.climb])
            #expect(outcome.status == 125, "\(path): \(outcome.everything)")
            #expect(outcome.errors.contains("working directory \(path)"), outcome.everything)
            let made = try attempt(["--storage", driver] + options + ["-w", "\(path)/../made", "true"])
            #expect(made.status == 125, "\(path): \(made.everything)")
        }
        #expect(!Machine.exists("\(sandbox.directory)/written"))
        #expect(!Machine.exists("\(sandbox.root)/../made") && !Machine.exists("\(sandbox.root)/made"))
        sandbox.expectClean()
    }

    @Test("A work directory with a terminal")
    func workDirectoryOnTerminal() throws {
        plantSecret()
        for number in Self.numbers {
            let terminal = try Terminal()
            let outcome = try attempt(
                ["-ti", "-w", "/proc/self/fd/\(number)", "sh", "-c", Self.climb], terminal: terminal.path)
            #expect(outcome.status == 125)
        }
        #expect(!Machine.exists("\(sandbox.directory)/written"))
    }

    @Test("An image's work directory, and one behind a link of the image's")
    func imageWorkDirectory() throws {
        plantSecret()
        for number in Self.numbers {
            let link = "ln -s /proc/self/fd/\(number) /link; ln -s /link/.. /up"
            #expect(try sandbox.run("--keep", "--name", "made", "sh", "-c", link).status == 0)
            for path in ["/proc/self/fd/\(number)", "/link", "/up/x"] {
                let made = try sandbox.tool("commit", "-c", "WORKDIR \(path)", "made", "evil")
                try #require(made.status == 0, made.everything)
                let outcome = try attempt(["evil", "sh", "-c", Self.climb])
                #expect(outcome.status == 125, "\(path): \(outcome.everything)")
            }
            #expect(try sandbox.tool("rm", "made").status == 0)
        }
        #expect(!Machine.exists("\(sandbox.directory)/written"))
    }

    @Test("A command, one found by PATH, and the interpreter of a script", arguments: Self.options)
    func command(options: [String]) throws {
        for number in Self.numbers {
            let root = "/proc/self/fd/\(number)/../../../../../../.."
            let commands = [
                ["\(root)/bin/true"], ["-e", "PATH=\(root)/bin", "true"], ["/proc/self/fd/\(number)"],
            ]
            for words in commands {
                let outcome = try attempt(options + words)
                #expect([126, 127].contains(outcome.status), "\(words): \(outcome.everything)")
            }
            let script = "printf '#!\(root)/bin/echo\\n' > /script; chmod +x /script; exec /script"
            let outcome = try attempt(options + ["sh", "-c", script])
            #expect(outcome.status != 0, outcome.everything)
        }
    }

    @Test("What the caller has left open is not there")
    func inherited() throws {
        for options in Self.options {
            let outcome = try attempt(options + ["sh", "-c", "ls /proc/self/fd; ls /proc/1/fd"])
            #expect(!outcome.lines.contains("9") && !outcome.lines.contains("50"), outcome.everything)
        }
    }

    @Test(
        "A kernel without openat2 and close_range holds as well", .needs("strace"),
        arguments: ["/proc/self/fd/9", "/proc/self/fd/50/..", "/proc/self/cwd/../x", "/link", "/dev/fd/9"])
    func olderKernel(path: String) throws {
        plantSecret()
        func run(_ words: [String]) throws -> Outcome {
            let directory = open(sandbox.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            defer { close(directory) }
            let lacking = "openat2,close_range:error=ENOSYS"
            return try Program(
                [
                    "strace", "-f", "-o", "/dev/null", "-e", "trace=openat2,close_range", "-e",
                    "inject=\(lacking)", Tool.binary, "run",
                ] + words,
                .init(environment: ["MYDOCKER_ROOT": sandbox.root], inherited: [9: directory, 50: directory])
            ).finish()
        }
        let root = "\(sandbox.directory)/rootfs"
        let made = try Program([
            "sh", "-c",
            "mkdir -p \(root)/a/b; tar -x -C \(root) -f \(Tool.archive.get()); ln -s /proc/self/fd/9 \(root)/link; ln -s /a \(root)/way",
        ]).finish()
        try #require(made.status == 0, made.everything)
        let outcome = try run(["--rootfs", root, "-w", path, "sh", "-c", Self.climb])
        #expect(outcome.status == 125, outcome.everything)
        let kept = try run([
            "--rootfs", root, "-w", "/way/../way/b/../new/er", "sh", "-c", "pwd; ls -d /a/new/er",
        ])
        #expect(kept.lines == ["/a/new/er", "/a/new/er"], kept.everything)
        #expect(!Machine.exists("\(sandbox.directory)/written") && !Machine.exists("\(sandbox.root)/x"))
    }

    @Test("A directory as a standard stream is refused", arguments: [Int32(0), 1, 2])
    func directory(stream: Int32) throws {
        let directory = open(sandbox.directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { close(directory) }
        var setup = Program.Setup()
        switch stream {
        case 0: setup.input = .descriptor(directory)
        case 1: setup.output = .descriptor(directory)
        default: setup.errors = .descriptor(directory)
        }
        let outcome = try sandbox.run("-i", "true", setup: setup)
        #expect(outcome.status == 125)
        if stream != 2 { #expect(outcome.errors.contains("is a directory"), outcome.everything) }
        sandbox.expectClean()
    }
}
