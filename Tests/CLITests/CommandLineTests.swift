import ArgumentParser
import Core
import Foundation
import Logging
import Testing

@testable import CLI

@Suite("The words of a command line")
struct CommandLineTests {
    /// What the general parser makes of the words of `run`.
    private func general(_ words: [String]) throws -> RunOptions {
        let (_, normalized) = try CommandPath.normalized(["run"] + words)
        let command = try #require(try MydockerCommand.parseAsRoot(normalized) as? RunCommand)
        return try command.options()
    }

    @Test("Every option of run is read without the general parser, to the same end")
    func everyOption() throws {
        let options = CommandOptions(of: RunCommand.self)
        #expect(options.entries.count > 30)
        for (name, entry) in options.entries where entry.name != "--help" {
            let value = ["--log-level": "debug", "--log-format": "json"][entry.name] ?? "value"
            let forms =
                entry.takesValue
                ? [[name, value], name.hasPrefix("--") ? ["\(name)=\(value)"] : ["\(name)\(value)"]]
                : [[name], ["\(name)=true"]]
            for form in forms {
                let fast = RunOptions(form + ["image", "-t", "command"])
                #expect(fast?.normalized == (try general(form + ["image", "-t", "command"])), "\(form)")
                #expect(fast != RunOptions(["image", "-t", "command"]), "\(form) says nothing")
            }
        }
    }

    @Test(
        "Both readers of run make the same of the same words",
        arguments: [
            "sh", "-it sh -c x", "-itu7 sh", "-itu 7 sh", "-u7 sh", "-w/tmp sh", "-m64m sh", "-hbox sh",
            "-eA=1 -e B=2 --env=C=3 sh", "-e=A sh", "-u=7 sh", "--pids-limit -1 sh", "--pids-limit=-1 sh",
            "--name -x sh", "--name a --name b sh", "-t -t sh", "--rm=false --tty=true -i=0 sh", "-- sh -t",
            "-i - x", "-ie A sh", "--image= sh", "--env A --env=B",
            "--read-only --init --keep --dry-run sh --init",
            "--mem 1g --cpushare=2 --cpuset 0 --cpus .5 sh", "--log-level debug -t sh", "-e -t sh", "",
            "--entrypoint -x", "--env=A=b=c sh",
        ])
    func sameWords(line: String) throws {
        let words = line.split(separator: " ").map(String.init)
        let fast = RunOptions(words[...])
        #expect(fast?.normalized == (try general(words)))
    }

    @Test(
        "What is wrong, both refuse",
        arguments: [
            "--frob sh", "-x sh", "-tx sh", "--name", "-u", "--tty=perhaps sh", "-t=x sh",
            "--log-level loud sh",
        ])
    func refused(line: String) {
        let words = line.split(separator: " ").map(String.init)
        #expect(RunOptions(words[...]) == nil)
        #expect(throws: (any Error).self) { try general(words) }
    }

    @Test("Other commands read options as run does")
    func others() throws {
        for (line, normalized) in [
            ("load -iFILE", "load --input=FILE"), ("load -qi FILE", "load --quiet --input=FILE"),
            ("image save -o-x a", "image save --output=-x a"),
            ("commit -mA -c=ENV -p=false c", "commit --message=A --change=ENV --pause=false c"),
            ("ps -aq", "ps --all --quiet"), ("rm -f -- -x", "rm --force -- -x"), ("ps -axq", "ps -axq"),
            ("rm a -f b", "rm a -f b"), ("ps --all=false", "ps"), ("help run", "help run"),
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
            for child in command.configuration.subcommands { check(child, "\(name)-\(child.name)") }
        }
        check(MydockerCommand.self, "mydocker")
    }

    @Test("A word that is no command, and which may have been meant")
    func noCommand() {
        func error(_ line: String) -> UsageError? {
            do { _ = try CommandPath(line.split(separator: " ").map(String.init)) } catch { return error }
            return nil
        }
        #expect(error("exec x") == .noCommand("exec", of: [], similar: []))
        #expect(error("imagse") == .noCommand("imagse", of: [], similar: ["image", "images"]))
        #expect(error("inspect x") == .noCommand("inspect", of: [], similar: ["image inspect"]))
        #expect(error("image lod") == .noCommand("lod", of: ["image"], similar: ["image load"]))
        #expect(error("help nope") == .noCommand("nope", of: [], similar: []))
        #expect(error("help image nope") == .noCommand("nope", of: ["image"], similar: []))
        #expect(error("run nope") == nil && error("--version") == nil && error("") == nil)
        #expect(error("exec")?.explanation.problem == "\"exec\" is no command of mydocker")
        #expect(CommandOptions(of: RunCommand.self).similar(to: "--memroy=1") == ["--memory"])
    }
}

extension RunOptions {
    /// Without what one reader says and the other takes for granted.
    var normalized: RunOptions {
        var copy = self
        copy.logLevel = logLevel ?? .notice
        copy.logFormat = logFormat ?? .text
        return copy
    }

    init?(_ words: [String]) { self.init(words[...]) }
}
