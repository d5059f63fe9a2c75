import Glibc
import Testing

/// Limits that are given, changed and lifted, as docker's users do it, of containers in the background.
@Suite("update, and the limits of containers that live", .controller("memory"), .controller("pids"))
struct UpdateTests {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
    }

    private func id(_ name: String) -> String { Machine.link("\(sandbox.root)/names/\(name)") ?? "" }

    /// A control file, whichever version of cgroups has it.
    private func setting(_ name: String, _ files: String..., parent: String = "mydocker") -> String? {
        for cgroup in Machine.cgroups(of: [id(name)], below: parent) {
            for file in files {
                if let text = Machine.text("\(cgroup)/\(file)") { return text }
            }
        }
        return nil
    }

    private func memory(_ name: String) -> String? { setting(name, "memory.max", "memory.limit_in_bytes") }

    @Test("A limit is raised, lowered and lifted; what is not named stays; the next start has it too")
    func changed() throws {
        try sandbox.ok(
            "run", "-d", "--name", "c", "-m", "64m", "--pids-limit", "50", "busybox", "sleep", "1000")
        #expect(memory("c") == "67108864" && setting("c", "pids.max") == "50")
        for (size, bytes) in [("256m", "268435456"), ("32m", "33554432")] {
            #expect(try sandbox.ok("update", "--memory", size, "c") == ["c"])
            #expect(memory("c") == bytes && setting("c", "pids.max") == "50")
        }
        try sandbox.ok("update", "--pids-limit", "-1", "c")
        #expect(setting("c", "pids.max") == "max" && memory("c") == "33554432")
        try sandbox.ok("stop", "-t", "0", "c")
        try sandbox.ok("update", "--pids-limit", "60", "c")
        try sandbox.ok("start", "c")
        #expect(setting("c", "pids.max") == "60" && memory("c") == "33554432")
        try sandbox.ok("rm", "-f", "c")
        sandbox.expectClean()
    }

    @Test(
        "A container without limits gets some, which hold, and nothing of them stays",
        arguments: [false, true])
    func first(inBackground: Bool) throws {
        let foreground =
            inBackground
            ? nil
            : try sandbox.begin(
                "-i", "--name", "c", "sh", "-c", "echo; read line; sleep 1 & sleep 1 & echo never")
        if let foreground {
            _ = try foreground.line()
        } else {
            try sandbox.ok("run", "-d", "--name", "c", "busybox", "sleep", "1000")
        }
        #expect(memory("c") != "67108864")
        try sandbox.ok("update", "-m", "64m", "--pids-limit", "1", "c")
        #expect(memory("c") == "67108864" && setting("c", "pids.max") == "1")
        let identifier = id("c")
        if let foreground {
            foreground.send("\n")
            let outcome = foreground.finish()
            #expect(outcome.status != 0 && outcome.errors.contains("can't fork"), outcome.everything)
        } else {
            #expect(try sandbox.tool("exec", "c", "sh", "-c", "ls; ls").status != 0)
            try sandbox.ok("rm", "-f", "c")
        }
        #expect(Machine.cgroups(of: [identifier]) == [])
        sandbox.expectClean()
    }

    @Test("All or nothing: if one cannot be set, the others are as before, in the record too")
    func refused() throws {
        try sandbox.ok("run", "-d", "--name", "c", "-m", "64m", "busybox", "sleep", "1000")
        for words in [
            ["--cpuset-cpus", "4095"], ["--device-read-bps", "/dev/null:1m"], ["--memory-swap", "1m"],
        ] {
            let outcome = try sandbox.start(["update", "-m", "128m", "--pids-limit", "9"] + words + ["c"])
                .finish()
            #expect(outcome.status == 125 && outcome.errors.contains(words[0]), outcome.everything)
            #expect(memory("c") == "67108864" && ["max", nil].contains(setting("c", "pids.max")))
        }
        try sandbox.ok("restart", "-t", "0", "c")
        #expect(memory("c") == "67108864")
        try sandbox.ok("rm", "-f", "c")
        sandbox.expectClean()
    }

    @Test("update that makes no sense")
    func nonsense() throws {
        try sandbox.ok("run", "-d", "--name", "c", "busybox", "sleep", "1000")
        let nothing = try sandbox.tool("update", "c")
        #expect(
            nothing.status == 125 && nothing.errors.contains("nothing is to be changed"), nothing.everything)
        for words in [
            ["-m", "1m"], ["--restart", "sometimes"], ["--blkio-weight", "5"], ["--cpu-period", "1"],
        ] {
            let outcome = try sandbox.start(["update"] + words + ["c"]).finish()
            #expect(outcome.status == 125 && outcome.errors.contains("\"\(words[1])\""), outcome.everything)
        }
        let unknown = try sandbox.tool("update", "-m", "64m", "none", "c")
        #expect(unknown.status == 125 && unknown.text == "c\n", unknown.everything)
        try sandbox.ok("rm", "-f", "c")
        sandbox.expectClean()
    }

    @Test("update --restart: the policy that it has from now on")
    func policy() throws {
        try sandbox.ok(
            "run", "-d", "--name", "c", "--restart", "always", "busybox", "sh", "-c",
            "until [ -e /end ]; do sleep 0.1; done")
        try sandbox.ok("update", "--restart", "no", "c")
        try sandbox.ok("exec", "c", "touch", "/end")
        // With the policy that it had it would never end.
        #expect(try sandbox.ok("wait", "c") == ["0"])
        try sandbox.ok("rm", "c")
        sandbox.expectClean()
    }

    @Test(
        "--memory-swap, --memory-reservation, --cpu-period and --cpu-quota, -c, --cpuset-mems",
        .controller("cpu"), .controller("cpuset"))
    func others() throws {
        try sandbox.ok(
            "run", "-d", "--name", "c", "-m", "64m", "--memory-reservation", "32m", "--cpu-period", "50000",
            "--cpu-quota", "10000", "-c", "512", "--cpuset-mems", "0", "busybox", "sleep", "1000")
        #expect(setting("c", "memory.low", "memory.soft_limit_in_bytes") == "33554432")
        #expect(["10000 50000", "10000"].contains(setting("c", "cpu.max", "cpu.cfs_quota_us")))
        #expect(["20", "512"].contains(setting("c", "cpu.weight", "cpu.shares")))
        #expect(setting("c", "cpuset.mems") == "0")
        try sandbox.ok("update", "--cpu-quota", "0", "--cpu-period", "0", "--cpus", "0.5", "c")
        #expect(["50000 100000", "50000"].contains(setting("c", "cpu.max", "cpu.cfs_quota_us")))
        if let total = setting("c", "memory.memsw.limit_in_bytes") {
            #expect(total == "134217728")
            try sandbox.ok("update", "--memory-swap", "64m", "c")
            #expect(setting("c", "memory.memsw.limit_in_bytes") == "67108864")
        }
        try sandbox.ok("rm", "-f", "c")
        sandbox.expectClean()
    }

    @Test(
        "What this host's version of cgroups has not is said",
        arguments: [
            ["--memory-swappiness", "5"], ["--oom-kill-disable"], ["--blkio-weight", "300"],
        ])
    func versions(words: [String]) throws {
        let outcome = try sandbox.start(["run", "-m", "64m"] + words + ["true"]).finish()
        if outcome.status != 0 {
            #expect(outcome.status == 125 && outcome.errors.contains(words[0]), outcome.everything)
        }
        sandbox.expectClean()
    }

    @Test("--cgroup-parent: there, and nowhere else; found after the monitor was killed; the parent stays")
    func parent() throws {
        let parent = "mydocker-test-\(getpid())-\(UInt32.random(in: 0 ... .max))/deep"
        defer { Machine.removeCgroups(parent) }
        try sandbox.ok(
            "run", "-d", "--name", "c", "--cgroup-parent", "/\(parent)", "-m", "64m", "busybox", "sleep",
            "1000")
        let identifier = id("c")
        #expect(Machine.cgroups(of: [identifier]) == [])
        #expect(setting("c", "memory.max", "memory.limit_in_bytes", parent: parent) == "67108864")
        #expect(try sandbox.ok("exec", "c", "cat", "/proc/self/cgroup").isEmpty == false)
        try sandbox.ok("update", "-m", "128m", "c")
        #expect(setting("c", "memory.max", "memory.limit_in_bytes", parent: parent) == "134217728")
        try sandbox.ok("pause", "c")
        try sandbox.ok("unpause", "c")
        try sandbox.killMonitor(of: identifier)
        #expect(try sandbox.tool("ps").status == 0)
        #expect(Machine.cgroups(of: [identifier], below: parent) == [])
        try sandbox.ok("start", "c")
        #expect(setting("c", "memory.max", "memory.limit_in_bytes", parent: parent) == "134217728")
        try sandbox.ok("rm", "-f", "c")
        #expect(Machine.cgroups(of: [identifier], below: parent) == [])
        for text in ["..", "a/../../b", "", "mydocker/\(identifier)"] {
            let outcome = try sandbox.run("--cgroup-parent", text, "true")
            #expect(outcome.status == 125 && outcome.errors.contains("--cgroup-parent"), outcome.everything)
        }
        sandbox.expectClean()
    }
}
