import Foundation
import Glibc
import Testing

@Suite("Containers in the background")
struct DetachedTests {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
    }

    /// What `ps -a` says of each container: its name and its status, without times.
    private func states() throws -> [String: String] {
        let lines = try sandbox.ok("ps", "-a", "--format", "json")
        return Dictionary(
            uniqueKeysWithValues: lines.compactMap { line -> (String, String)? in
                func member(_ name: String) -> String? {
                    guard let start = line.range(of: "\"\(name)\":\"") else { return nil }
                    return String(line[start.upperBound...].prefix { $0 != "\"" })
                }
                guard let name = member("Names"), let status = member("Status") else { return nil }
                return (name, status.contains(")") ? String(status.prefix { $0 != ")" }) + ")" : status)
            })
    }

    @Test("run -d prints the ID; logs, stop, start, rm", arguments: Driver.usable.map(\.name))
    func life(driver: String) throws {
        let id = try #require(
            sandbox.ok(
                "run", "-d", "--storage", driver, "--name", "web", "busybox", "sh", "-c",
                "trap 'echo bye; exit 7' TERM; echo hello; echo oops >&2; touch /mark; while :; do sleep 0.1; done"
            ).first)
        #expect(id.utf8.count == 12)
        #expect(try states()["web"]?.hasPrefix("Up") == true)
        let log = try sandbox.start(["logs", "-f", "--until", "0s", "web"]).finish()
        #expect(log.status == 0, log.everything)
        #expect(try sandbox.ok("stop", "web") == ["web"])
        #expect(try states() == ["web": "Exited (7)"])
        let whole = try sandbox.tool("logs", "web")
        #expect(whole.lines == ["hello", "bye"] && whole.errors == "oops\n", whole.everything)
        #expect(try sandbox.ok("diff", "web").contains("A /mark"))
        #expect(try sandbox.ok("start", String(id.prefix(4))) == [String(id.prefix(4))])
        #expect(try sandbox.ok("exec", "web", "ls", "/mark") == ["/mark"])
        let second = try sandbox.tool("rm", "web")
        #expect(second.status == 125 && second.errors.contains("is running"), second.everything)
        #expect(try sandbox.ok("rm", "-f", "web") == ["web"])
        #expect(Machine.cgroups(of: [id]) == [] && Machine.list("\(sandbox.root)/kept") == [])
        sandbox.expectClean()
    }

    @Test("create and start -a: the command's output and exit status; -i its input")
    func create() throws {
        try sandbox.ok("create", "--name", "c", "busybox", "sh", "-c", "echo out; echo err >&2; exit 5")
        #expect(try states() == ["c": "Created"])
        #expect(try sandbox.ok("logs", "c") == [])
        for _ in 1...2 {
            let run = try sandbox.tool("start", "-a", "c")
            #expect(run.status == 5 && run.text == "out\n" && run.errors == "err\n", run.everything)
        }
        try sandbox.ok("create", "-i", "--name", "cat", "busybox", "cat")
        let cat = try sandbox.start(["start", "-ai", "cat"], .init(input: .pipe))
        cat.send("one\n")
        #expect(try cat.line() == "one")
        cat.send("two\n")
        let end = cat.finish()
        #expect(end.status == 0 && end.text == "one\ntwo\n", end.everything)
        try sandbox.ok("create", "--rm", "--name", "once", "busybox", "true")
        #expect(try sandbox.tool("start", "-a", "once").status == 0)
        #expect(try sandbox.tool("start", "once").errors.contains("no container called"))
        try sandbox.ok("rm", "c", "cat")
        sandbox.expectClean()
    }

    @Test("Restart policies: how often, and that stop ends them")
    func restart() throws {
        try sandbox.ok(
            "run", "-d", "--name", "f", "--restart", "on-failure:2", "busybox", "sh", "-c", "echo run; exit 3"
        )
        #expect(try sandbox.ok("wait", "f") == ["3"])
        #expect(try sandbox.ok("logs", "f") == ["run", "run", "run"])
        try sandbox.ok("run", "-d", "--name", "ok", "--restart", "on-failure", "busybox", "true")
        #expect(try sandbox.ok("wait", "ok") == ["0"])
        try sandbox.ok("run", "-d", "--name", "a", "--restart", "always", "busybox", "sh", "-c", "echo run")
        let follower = try sandbox.start(["logs", "-f", "a"])
        for _ in 1...3 { #expect(try follower.line() == "run") }
        try sandbox.ok("stop", "a")
        #expect(follower.finish().status == 0)
        #expect(try states()["a"] == "Exited (0)")
        let bad = try sandbox.tool("run", "-d", "--restart", "sometimes", "busybox", "true")
        #expect(bad.status == 125 && bad.errors.contains("--restart"), bad.everything)
        try sandbox.ok("rm", "f", "ok", "a")
        sandbox.expectClean()
    }

    /// Kills the monitor of the only container that runs; returns the container's ID.
    private func killMonitor() throws -> String {
        let id = try #require(Machine.list("\(sandbox.root)/containers").first)
        try sandbox.killMonitor(of: id)
        return id
    }

    @Test("After its monitor was killed a container is put in order, and its policy holds")
    func killedMonitor() throws {
        try sandbox.ok("run", "-d", "--name", "one", "busybox", "sh", "-c", "echo started; sleep 1000")
        let id = try killMonitor()
        let list = try sandbox.tool("ps", "-a")
        #expect(list.text.contains("Exited (unknown)") && list.errors.contains(id), list.everything)
        #expect(Machine.cgroups(of: [id]) == [])
        try sandbox.ok("start", "one")
        try sandbox.ok("rm", "-f", "one")
        try sandbox.ok(
            "run", "-d", "--name", "two", "--restart", "always", "busybox", "sh", "-c",
            "echo started; sleep 1000")
        let follower = try sandbox.start(["logs", "-f", "two"])
        #expect(try follower.line() == "started")
        _ = follower.finish(killing: SIGTERM)
        _ = try killMonitor()
        let again = try sandbox.tool("ps")
        #expect(again.text.contains("Up") && again.errors.contains("started again"), again.everything)
        try sandbox.ok("stop", "-t", "0", "two")
        #expect(try sandbox.ok("logs", "two") == ["started", "started"])
        try sandbox.ok("rm", "two")
        try sandbox.ok("run", "-d", "--rm", "--name", "three", "busybox", "sleep", "1000")
        _ = try killMonitor()
        #expect(try sandbox.ok("ps", "-aq") == [])
        sandbox.expectClean()
    }

    @Test("wait: several at once, of one that is removed at its end, of one that has ended")
    func wait() throws {
        try sandbox.ok(
            "run", "-d", "--rm", "--name", "w", "busybox", "sh", "-c", "read x < /proc/1/fd/0; sleep 1000")
        let waiters = try (0..<3).map { _ in try sandbox.start(["wait", "w"]) }
        try sandbox.ok("run", "--name", "fg", "busybox", "true")
        for _ in 0..<1000 where !Machine.exists(requests("waiting")) { usleep(5000) }
        try sandbox.ok("kill", "-s", "KILL", "w")
        for waiter in waiters {
            let outcome = waiter.finish()
            #expect(
                outcome.status == 0 && ["137", ""].contains(outcome.lines.first ?? ""), outcome.everything)
        }
        try sandbox.ok("run", "-d", "--name", "e", "busybox", "sh", "-c", "exit 9")
        #expect(try sandbox.ok("wait", "e") == ["9"] && sandbox.ok("wait", "e") == ["9"])
        #expect(try sandbox.tool("wait", "nobody").status == 125)
        try sandbox.ok("rm", "e")
        sandbox.expectClean()
    }

    private func requests(_ name: String) -> String {
        let id = Machine.list("\(sandbox.root)/containers").first ?? ""
        return "\(sandbox.root)/containers/\(id)/requests/\(name)"
    }

    @Test("Signals: kill -s, a stop signal of its own, the time to end")
    func signals() throws {
        try sandbox.ok(
            "run", "-d", "--name", "s", "--stop-signal", "USR1", "--stop-timeout", "60", "busybox", "sh",
            "-c",
            "trap 'echo hup' HUP; trap 'echo usr; exit 4' USR1; echo ready; while :; do sleep 0.05; done")
        let log = try sandbox.start(["logs", "-f", "s"])
        #expect(try log.line() == "ready")
        try sandbox.ok("kill", "--signal", "HUP", "s")
        #expect(try log.line() == "hup")
        try sandbox.ok("stop", "s")
        #expect(log.finish().lines.last == "usr")
        #expect(try states()["s"] == "Exited (4)")
        let dead = try sandbox.tool("kill", "s")
        #expect(dead.status == 125 && dead.errors.contains("not running"), dead.everything)
        #expect(try sandbox.ok("stop", "s") == ["s"])
        #expect(try sandbox.tool("kill", "-s", "NOSUCH", "s").errors.contains("no such signal"))
        try sandbox.ok("start", "s")
        try sandbox.ok("stop", "-s", "KILL", "s")
        #expect(try states()["s"] == "Exited (137)")
        try sandbox.ok("restart", "s")
        try sandbox.ok("rm", "-f", "s")
        sandbox.expectClean()
    }

    @Test("rename: of one that runs, has ended, is started again; the old name is free")
    func rename() throws {
        try sandbox.ok("run", "-d", "--name", "old", "busybox", "sleep", "1000")
        try sandbox.ok("rename", "old", "new")
        try sandbox.ok("create", "--name", "old", "busybox", "true")
        let taken = try sandbox.tool("rename", "old", "new")
        #expect(taken.status == 125 && taken.errors.contains("\"new\""), taken.everything)
        try sandbox.ok("stop", "-t", "0", "new")
        try sandbox.ok("rename", "new", "third")
        try sandbox.ok("start", "third")
        #expect(Machine.list("\(sandbox.root)/names") == ["old", "third"])
        try sandbox.ok("rm", "-f", "third", "old")
        // Of one that is removed at its end, the new name goes too.
        let container = try sandbox.begin("-i", "--name", "x", "sh", "-c", "echo ready; read line")
        #expect(try container.line() == "ready")
        try sandbox.ok("rename", "x", "y")
        _ = container.finish()
        sandbox.expectClean()
    }

    @Test("Bad input: unknown, twice started, removed while it runs, removed by two at once")
    func bad() throws {
        for command in [
            ["start"], ["stop"], ["restart"], ["attach"], ["exec"], ["logs"], ["kill"], ["wait"], ["rm"],
        ] {
            let outcome = try sandbox.start(command + ["nobody"] + (command == ["exec"] ? ["true"] : []))
                .finish()
            #expect(outcome.status == 125 && outcome.errors.contains("nobody"), outcome.everything)
        }
        try sandbox.ok("run", "-d", "--name", "one", "busybox", "sleep", "1000")
        #expect(try sandbox.ok("start", "one") == ["one"])
        let starts = try (0..<8).map { _ in try sandbox.start(["restart", "-t", "0", "one"]) }
        for outcome in starts.map({ $0.finish() }) where outcome.status != 0 {
            #expect(outcome.status == 125 && outcome.errors.hasPrefix("mydocker: "), outcome.everything)
        }
        try sandbox.ok("stop", "-t", "0", "one")
        for command in ["attach", "kill"] {
            #expect(try sandbox.tool(command, "one").errors.contains("is not running"))
        }
        #expect(try sandbox.tool("exec", "one", "true").errors.contains("is not running"))
        let removals = try (0..<8).map { _ in try sandbox.start(["rm", "one"]) }.map { $0.finish() }
        #expect(removals.contains { $0.status == 0 })
        for outcome in removals where outcome.status != 0 {
            #expect(outcome.status == 125 && outcome.errors.hasPrefix("mydocker: "), outcome.everything)
        }
        let missing = try sandbox.tool("run", "-d", "--name", "m", "busybox", "nosuchcommand")
        #expect(missing.status == 127 && missing.errors.contains("nosuchcommand"), missing.everything)
        #expect(try sandbox.ok("ps", "-aq") == [])
        sandbox.expectClean()
    }

    @Test("100 at once, and ps -aq | xargs rm -f")
    func hundred() throws {
        let containers = try (0..<100).map { number in
            try sandbox.start(["run", "-d", "--name", "c\(number)", "busybox", "sleep", "1000"])
        }
        let ids = containers.flatMap { program -> [String] in
            let outcome = program.finish()
            #expect(outcome.status == 0, outcome.everything)
            return outcome.lines
        }
        #expect(Set(ids).count == 100)
        #expect(try sandbox.ok("ps", "-q").count == 100)
        let removal = try Program(
            ["sh", "-c", "\"$0\" ps -aq | xargs \"$0\" rm -f", Tool.binary],
            .init(environment: ["MYDOCKER_ROOT": sandbox.root])
        ).finish()
        #expect(removal.status == 0 && removal.lines.count == 100, removal.everything)
        #expect(Machine.cgroups(of: ids) == [])
        sandbox.expectClean()
    }

    @Test("attach: what it writes, what is typed, and the keys that leave it")
    func attach() throws {
        try sandbox.ok("run", "-dit", "--name", "t", "busybox", "sh")
        let terminal = try Terminal(rows: 31, columns: 97)
        let attached = try sandbox.start(
            ["attach", "--detach-keys", "ctrl-a,d", "t"], .init(terminal: terminal.path))
        terminal.type("stty size; echo don\"\"e\r")
        try terminal.waitFor("31 97")
        try terminal.waitFor("done")
        terminal.type("\u{1}d")
        #expect(attached.finish().status == 0)
        #expect(try states()["t"]?.hasPrefix("Up") == true)
        let again = try sandbox.start(["attach", "t"], .init(terminal: terminal.path))
        terminal.type("exit 6\r")
        #expect(again.finish().status == 6)
        try sandbox.ok("rm", "t")
        let foreground = try sandbox.begin("-i", "--name", "fg", "sh", "-c", "echo ready; read line")
        #expect(try foreground.line() == "ready")
        let refused = try sandbox.tool("attach", "fg")
        #expect(refused.status == 125 && refused.errors.contains("foreground"), refused.everything)
        _ = foreground.finish()
        sandbox.expectClean()
    }
}
