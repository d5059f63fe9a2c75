import Foundation
import Glibc
import Testing

/// Containers that are paused by their users, looked at and counted.
@Suite("pause, unpause, stats and top")
struct UsageTests {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
    }

    /// A container whose command answers every line that it is sent.
    private func beginEcho() throws -> Program {
        let container = try sandbox.begin(
            "-i", "--name", "c", "sh", "-c", "echo ready; while read line; do echo $line; done")
        #expect(try container.line() == "ready")
        return container
    }

    private var isFrozen: Bool {
        Machine.cgroups(of: [Machine.link("\(sandbox.root)/names/c") ?? ""]).contains { cgroup in
            Machine.text("\(cgroup)/cgroup.freeze") == "1"
                || Machine.text("\(cgroup)/freezer.self_freezing") == "1"
        }
    }

    @Test("A paused container stands still until it is unpaused, also when it was committed and copied from")
    func paused() throws {
        let container = try beginEcho()
        #expect(try sandbox.ok("pause", "c") == ["c"])
        #expect(isFrozen)
        let again = try sandbox.tool("pause", "c")
        #expect(again.status == 125 && again.errors.contains("is paused"), again.everything)
        container.send("word\n")
        try sandbox.ok("commit", "c", "image")
        try sandbox.ok("cp", "c:/bin/busybox", "\(sandbox.directory)/copy")
        try sandbox.ok("images")
        #expect(isFrozen)
        let exec = try sandbox.tool("exec", "c", "true")
        #expect(exec.status == 125 && exec.errors.contains("unpause"), exec.everything)
        #expect(try sandbox.ok("unpause", "c") == ["c"])
        #expect(try container.line() == "word")
        let notPaused = try sandbox.tool("unpause", "c")
        #expect(notPaused.status == 125 && notPaused.errors.contains("is not paused"), notPaused.everything)
        #expect(container.finish().status == 0)
        let ended = try sandbox.tool("pause", "c")
        #expect(ended.status == 125 && ended.errors.contains("no container"), ended.everything)
        sandbox.expectClean()
    }

    @Test("A commit that is killed leaves a user's pause alone", .needs("strace"))
    func killedCommit() throws {
        let container = try beginEcho()
        try sandbox.ok("pause", "c")
        let commit = try Program(
            [
                "strace", "-qq", "-o", "/dev/null", "-e", "trace=renameat2,rename", "-e",
                "inject=renameat2,rename:signal=KILL:when=1", Tool.binary, "commit", "c", "image",
            ], .init(environment: ["MYDOCKER_ROOT": sandbox.root])
        ).finish()
        #expect(commit.status == -SIGKILL, commit.everything)
        try sandbox.ok("ps")
        #expect(isFrozen)
        try sandbox.ok("unpause", "c")
        container.send("word\n")
        #expect(try container.line() == "word")
        #expect(container.finish().status == 0)
        sandbox.expectClean()
    }

    @Test("A paused container can be killed, removed, and put in order after its monitor was killed")
    func killed() throws {
        for way in ["kill", "rm", "monitor"] {
            try sandbox.ok("run", "-d", "--name", "c", "busybox", "sleep", "1000")
            try sandbox.ok("pause", "c")
            let id = try #require(Machine.link("\(sandbox.root)/names/c"))
            switch way {
            case "kill":
                try sandbox.ok("kill", "c")
                #expect(try sandbox.ok("wait", "c") == ["137"])
            case "rm": try sandbox.ok("rm", "-f", "c")
            default:
                try sandbox.killMonitor(of: id)
                try sandbox.ok("ps")
            }
            #expect(Machine.cgroups(of: [id]) == [])
            if way != "rm" { try sandbox.ok("rm", "c") }
        }
        sandbox.expectClean()
    }

    @Test("stats --no-stream: a line for each that runs, in docker's columns and JSON")
    func stats() throws {
        try sandbox.ok("run", "-d", "--name", "one", "busybox", "sleep", "1000")
        try sandbox.ok("run", "-d", "--name", "two", "busybox", "sh", "-c", "while :; do :; done")
        try sandbox.ok("create", "--name", "three", "busybox", "true")
        let table = try sandbox.ok("stats", "--no-stream")
        #expect(
            table[0].split(separator: "  ").map { $0.drop { $0 == " " } } == [
                "CONTAINER ID", "NAME", "CPU %", "MEM USAGE / LIMIT", "MEM %", "NET I/O", "BLOCK I/O", "PIDS",
            ])
        #expect(table.count == 3 && !table.contains { $0.contains("three") })
        let lines = try sandbox.ok("stats", "--no-stream", "--format", "json", "-a").map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String])
        }
        #expect(Set(lines.compactMap { $0["Name"] }) == ["one", "two", "three"])
        for line in lines {
            let number = Double((line["CPUPerc"] ?? "").dropLast())
            switch line["Name"] {
            case "one":
                #expect(number == 0 && line["PIDs"] == "1")
                #expect(
                    line["MemUsage"]?.contains("iB / ") == true && line["MemUsage"]?.hasPrefix("0B") == false)
                #expect(line["NetIO"] == "0B / 0B")
            case "two": #expect((number ?? 0) > 1, "\(line)")
            default: #expect(line["CPUPerc"] == "--" && line["PIDs"] == "--")
            }
        }
        let some = try sandbox.ok("stats", "--no-stream", "two", "one", "--format", "json")
        #expect(some.count == 2 && some[0].contains("\"two\"") && some[1].contains("\"one\""))
        let template = try sandbox.ok("stats", "--no-stream", "--format", "table {{.Name}} {{.PIDs}}", "one")
        #expect(template.map { $0.split(separator: " ") } == [["NAME", "PIDS"], ["one", "1"]])
        let unknown = try sandbox.tool("stats", "--no-stream", "none")
        #expect(unknown.status == 125 && unknown.errors.contains("none"), unknown.everything)
        try sandbox.ok("rm", "-f", "one", "two", "three")
        sandbox.expectClean()
    }

    @Test(
        "stats of a container with limits: what its cgroups count", .controller("memory"), .controller("pids")
    )
    func counted() throws {
        try sandbox.ok(
            "run", "-d", "--name", "c", "-m", "64m", "--pids-limit", "9", "busybox", "sleep", "1000")
        let line = try #require(sandbox.ok("stats", "--no-stream", "--format", "json", "c").first)
        #expect(line.contains(" / 64MiB\"") && line.contains("\"PIDs\":\"1\""), Comment(rawValue: line))
        try sandbox.ok("rm", "-f", "c")
        sandbox.expectClean()
    }

    @Test("stats goes on until whom it was asked about is removed")
    func stream() throws {
        try sandbox.ok("run", "-d", "--name", "c", "busybox", "sleep", "1000")
        let stats = try sandbox.start(["stats", "--format", "json", "c"])
        for _ in 1...2 { #expect(try stats.line().contains("\"Name\":\"c\"")) }
        try sandbox.ok("rm", "-f", "c")
        #expect(stats.finish().status == 0)
        sandbox.expectClean()
    }

    @Test("top: the container's processes and no others, with ps's own options", .needs("ps"))
    func top() throws {
        try sandbox.ok("run", "-d", "--name", "c", "busybox", "sh", "-c", "sleep 1234 & wait")
        let record = try #require(
            Machine.text(
                "\(sandbox.root)/containers/\(Machine.link("\(sandbox.root)/names/c") ?? "")/container.json"))
        let process = try #require(record.firstMatch(of: /"process":([0-9]+)/)?.1)
        var table = try sandbox.ok("top", "c")
        // The shell has yet to start the other one.
        for _ in 0..<1000 where !table.contains(where: { $0.hasSuffix("sleep 1234") }) {
            table = try sandbox.ok("top", "c")
        }
        #expect(table[0].hasPrefix("UID ") && table[0].hasSuffix("CMD"))
        #expect(
            table.contains { $0.hasSuffix(" sleep 1234") } && table.contains { $0.hasSuffix("& wait") })
        #expect(table.count == 3, "\(table)")
        let chosen = try sandbox.ok("top", "c", "-o", "pid,comm")
        #expect(chosen[0].split(separator: " ") == ["PID", "COMMAND"])
        #expect(chosen.contains { $0.split(separator: " ") == [process, "sh"] }, "\(chosen)")
        for words in [["-o", "comm"], ["--nonsense"]] {
            let outcome = try sandbox.start(["top", "c"] + words).finish()
            #expect(outcome.status == 125 && outcome.errors.contains("ps of this host"), outcome.everything)
        }
        try sandbox.ok("stop", "-t", "0", "c")
        let ended = try sandbox.tool("top", "c")
        #expect(ended.status == 125 && ended.errors.contains("not running"), ended.everything)
        try sandbox.ok("rm", "c")
        sandbox.expectClean()
    }
}
