import ArgumentParser
import Core
import Foundation
import Logging
import Testing

@testable import CLI

@Suite("The words of a command line")
struct CommandLineTests {
    /// What becomes of the words of `run` that the reader of its options leaves to the general parser.
    private func general(_ words: [String]) throws -> RunOptions {
        let (path, normalized) = try CommandPath.normalized(["run"] + words)
        let command = try #require(try MydockerCommand.parseAsRoot(normalized) as? RunCommand)
        return try command.givenOptions(command.words, of: path.rest)
    }

    @Test("Every option of run that is declared is read, and every one that is read is declared")
    func everyOption() throws {
        let declared = CommandOptions(of: RunCommand.self).entries.filter { $0.value.name != "--help" }
        var read: [String: Bool] = [:]
        for option in RunOptions.table {
            for name in option.names {
                #expect(read.updateValue(!option.isFlag, forKey: name) == nil, "\(name)")
            }
        }
        #expect(read == declared.mapValues(\.takesValue))
        let nothing = RunOptions(["image", "-t", "command"])
        var effects: [String: RunOptions] = [:]
        for (name, entry) in declared {
            let value = ["--log-level": "debug", "--log-format": "json"][entry.name] ?? "value"
            let forms =
                entry.takesValue
                ? [[name, value], name.hasPrefix("--") ? ["\(name)=\(value)"] : ["\(name)\(value)"]]
                : [[name], ["\(name)=true"]]
            for form in forms {
                let words = form + ["image", "-t", "command"]
                let options = try #require(RunOptions(words), "\(form)")
                #expect(options != nothing && options.wordCount == 3, "\(form) says nothing")
                #expect(effects[entry.name, default: options] == options, "\(form)")
                effects[entry.name] = options
                // The general parser finds nothing wrong with it.
                #expect(try general(words) == options, "\(form)")
            }
        }
        // No two of them say the same.
        for (name, effect) in effects {
            #expect(effects.filter { $0.value == effect }.count == 1, "\(name)")
        }
    }

    /// Words of `run`, and what they say.
    private static let lines: [(String, @Sendable (inout RunOptions) -> Void)] = [
        ("sh", { $0.wordCount = 1 }), ("", { _ in }),
        (
            "-it sh -c x",
            {
                $0.interactive = true; $0.terminal = true; $0.wordCount = 3
            }
        ),
        (
            "-itu7 sh",
            {
                $0.interactive = true; $0.terminal = true; $0.user = "7"; $0.wordCount = 1
            }
        ),
        (
            "-tu 7 sh",
            {
                $0.terminal = true; $0.user = "7"; $0.wordCount = 1
            }
        ),
        (
            "-w/tmp -m64m -hbox",
            {
                $0.workingDirectory = "/tmp"; $0.limits = [.init("--memory", "64m")]; $0.hostname = "box"
            }
        ),
        ("-eA=1 -e B=2 --env=C=3", { $0.environment = ["A=1", "B=2", "C=3"] }),
        (
            "-e=A -u=7",
            {
                $0.environment = ["A"]; $0.user = "7"
            }
        ),
        ("-e -t --env=A=b=c", { $0.environment = ["-t", "A=b=c"] }),
        ("--pids-limit -1", { $0.limits = [.init("--pids-limit", "-1")] }),
        ("--pids-limit=-1", { $0.limits = [.init("--pids-limit", "-1")] }),
        (
            "--name a --name -x sh",
            {
                $0.name = "-x"; $0.wordCount = 1
            }
        ),
        ("-t --rm=false --tty=0 -i=T", { $0.interactive = true }),
        ("-- sh -t", { $0.wordCount = 2 }),
        (
            "-i - x",
            {
                $0.interactive = true; $0.wordCount = 2
            }
        ),
        (
            "-ie A",
            {
                $0.interactive = true; $0.environment = ["A"]
            }
        ), ("--image=", { $0.image = "" }),
        (
            "--read-only --init sh --init",
            {
                $0.readOnly = true; $0.reaper = true; $0.wordCount = 2
            }
        ),
        (
            "--mem 1g --cpushare=2 --cpuset 0",
            {
                $0.limits = [
                    .init("--memory", "1g"), .init("--cpu-shares", "2"), .init("--cpuset-cpus", "0"),
                ]
            }
        ),
        (
            "--log-level debug -t",
            {
                $0.logLevel = .debug; $0.terminal = true
            }
        ),
    ]

    @Test("The words of run say what docker's would", arguments: lines.indices)
    func words(index: Int) throws {
        let (line, says) = Self.lines[index]
        var expected = RunOptions()
        says(&expected)
        let words = line.split(separator: " ").map(String.init)
        #expect(RunOptions(words) == expected, "\(line)")
        #expect(try general(words) == expected, "\(line)")
    }

    @Test(
        "What is wrong is for the general parser, which says so",
        arguments: [
            "--frob sh", "-x sh", "-tx sh", "--name", "-u", "--tty=perhaps sh", "-t=x sh",
            "--log-level loud sh", "--help sh", "--help",
        ])
    func refused(line: String) {
        let words = line.split(separator: " ").map(String.init)
        #expect(RunOptions(words) == nil)
        #expect(throws: (any Error).self) { try general(words) }
    }

    @Test("Options before the command's name are for every command")
    func globals() throws {
        func taken(_ line: String) throws -> (GlobalOptions, String) {
            var words = line.split(separator: " ").map(String.init)[...]
            let options = try GlobalOptions(takenFrom: &words)
            return (options, words.joined(separator: " "))
        }
        var (options, rest) = try taken("--root /x --storage=bind -l debug --log-format json ps --root y")
        #expect(options.root == "/x" && options.storage == "bind" && options.logLevel == .debug)
        #expect(options.logFormat == .json && rest == "ps --root y")
        (options, rest) = try taken("-D --version")
        #expect(options.logLevel == .debug && rest == "--version")
        #expect(try taken("run --root x") == (GlobalOptions(), "run --root x"))
        #expect(throws: UsageError.noValue(of: "--root")) { try taken("--root") }
        #expect(throws: UsageError.wrongValue("loud", of: "-l")) { try taken("-l loud ps") }
    }

    @Test("Other commands read options as run does")
    func others() throws {
        for (line, normalized) in [
            ("load -iFILE", "load --input=FILE"), ("load -qi FILE", "load --quiet --input=FILE"),
            ("image save -o-x a", "image save --output=-x a"),
            ("commit -mA -c=ENV -p=false c", "commit --message=A --change=ENV --pause=false c"),
            ("ps -aq", "ps --all --quiet"), ("rm -f -- -x", "rm --force -- -x"), ("ps -axq", "ps -axq"),
            ("rm a -f b", "rm a -f b"), ("container ls -aq", "container ps --all --quiet"),
            ("container list", "container list"), ("image list -q", "image list -q"),
            ("ps --all=false", "ps"), ("help run", "help run"),
        ] {
            let words = line.split(separator: " ").map(String.init)
            #expect(try CommandPath.normalized(words).words.joined(separator: " ") == normalized)
        }
    }

    @Test("The man page of every command has an example, which is a command line of it")
    func examples() throws {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        let text = try String(contentsOf: root.appendingPathComponent("docs/man/examples"), encoding: .utf8)
        var commands: [String: [String]] = [:]
        var page = ""
        for line in text.split(separator: "\n").map(String.init) {
            if line.hasPrefix("= ") { page = String(line.dropFirst(2)) }
            guard line.hasPrefix("$ "), let start = line.range(of: "mydocker ") else { continue }
            // As a shell would, as far as these need it.
            let words = line[start.upperBound...].split(separator: "'", omittingEmptySubsequences: false)
                .enumerated().flatMap {
                    $0 % 2 == 1 ? [String($1)] : $1.split(separator: " ").map(String.init)
                }
            let spoken = try CommandPath.normalized(
                words.split(separator: "||").first.map(Array.init) ?? words)
            _ = try MydockerCommand.parseAsRoot(spoken.words)
            commands[page, default: []].append((["mydocker"] + spoken.path.names).joined(separator: "-"))
        }
        func check(_ command: any ParsableCommand.Type, _ name: String) {
            guard command.configuration.shouldDisplay else { return }
            #expect(commands[name]?.contains { $0.hasPrefix(name) } == true, "\(name)")
            for child in command.configuration.subcommands {
                // The page of `container ps` is the one of `ps`.
                if name == "mydocker-container",
                    MydockerCommand.containerCommands.contains(where: { $0 == child })
                {
                    continue
                }
                check(child, "\(name)-\(child.name)")
            }
        }
        check(MydockerCommand.self, "mydocker")
    }

    @Test("A word that is no command, and which may have been meant")
    func noCommand() {
        func error(_ line: String) -> UsageError? {
            do { _ = try CommandPath(line.split(separator: " ").map(String.init)) } catch { return error }
            return nil
        }
        #expect(error("frob x") == .noCommand("frob", of: [], similar: []))
        #expect(error("imagse") == .noCommand("imagse", of: [], similar: ["image", "images"]))
        #expect(
            error("exists x")
                == .noCommand(
                    "exists", of: [], similar: ["container exists", "image exists", "volume exists"]))
        #expect(error("image lod") == .noCommand("lod", of: ["image"], similar: ["image load"]))
        #expect(error("help nope") == .noCommand("nope", of: [], similar: []))
        #expect(error("help image nope") == .noCommand("nope", of: ["image"], similar: []))
        #expect(error("run nope") == nil && error("--version") == nil && error("") == nil)
        #expect(error("frob")?.explanation.problem == "\"frob\" is no command of mydocker")
        #expect(CommandOptions(of: RunCommand.self).similar(to: "--memroy=1") == ["--memory"])
    }
}

extension RunOptions {
    init?(_ words: [String]) { self.init(words[...]) }
}
