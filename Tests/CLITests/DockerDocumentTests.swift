import ArgumentParser
import Foundation
import Testing

@testable import CLI

/// docs/docker.md says of docker's and podman's commands and flags what there is of them: this holds it to that.
@Suite("What is said about docker's and podman's flags")
struct DockerDocumentTests {
    /// The rows of a part's tables, a text for each cell.
    private static func rows(_ title: String) throws -> [[String]] {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        let text = try String(contentsOf: root.appendingPathComponent("docs/docker.md"), encoding: .utf8)
        let part = try #require(text.components(separatedBy: "\n## ").first { $0.hasPrefix(title + "\n") })
        return part.components(separatedBy: "\n").filter { $0.hasPrefix("|") }.dropFirst(2).map { line in
            line.dropFirst().dropLast().components(separatedBy: "|").map {
                $0.trimmingCharacters(in: .whitespaces)
            }
        }
    }

    /// What stands between backticks: "`-e` `--env`".
    private static func words(_ cell: String) -> [String] {
        cell.components(separatedBy: "`").enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
    }

    /// What a command takes, and has to be told of.
    private static func names(of command: any ParsableCommand.Type) -> Set<String> {
        // The last one is for the bench, and hidden.
        let general: Set = ["--root", "--log-level", "--log-format", "--help", "-h", "--usage"]
        var names = Set(CommandOptions(of: command).entries.keys)
        if command is any TakesCommand.Type, names.contains("--hostname") {
            return names.subtracting(general.subtracting(["-h"]))
        }
        names.subtract(general)
        return names
    }

    @Test("Commands that are said to be there are, and the others are not")
    func commands() throws {
        var said: [String: Bool] = [:]
        for row in try Self.rows("Commands") {
            for name in Self.words(row[0]) { said[name] = row[1] != "absent" }
        }
        for (name, isThere) in said {
            #expect((MydockerCommand.subcommand(name) != nil) == isThere, "\(name)")
        }
        let shown = MydockerCommand.configuration.subcommands.filter { $0.configuration.shouldDisplay }
        for command in shown { #expect(said[command.name] == true, "\(command.name) is not mentioned") }
    }

    @Test("The flags of run and create")
    func run() throws {
        var (there, absent) = (Set<String>(), Set<String>())
        for row in try Self.rows("Flags of `run` and `create`") {
            if row[0].hasPrefix("Absent") {
                absent.formUnion(Self.words(row[0]))
            } else {
                there.formUnion(Self.words(row[0].hasPrefix("Different") ? row[0] : row[1]))
            }
        }
        #expect(there == Self.names(of: RunCommand.self))
        #expect(Self.names(of: CreateCommand.self).isSubset(of: there))
        #expect(absent.isDisjoint(with: Self.names(of: RunCommand.self)))
    }

    @Test("The flags of the other commands")
    func others() throws {
        for row in try Self.rows("Flags of the other commands") {
            let name = try #require(Self.words(row[0]).first)
            let path = try CommandPath(name.split(separator: " ").map(String.init))
            let names = Self.names(of: path.command)
            #expect(Set(Self.words(row[1]) + Self.words(row[2])) == names, "\(name)")
            #expect(Set(Self.words(row[3])).isDisjoint(with: names), "\(name)")
        }
    }
}
