import Foundation
import Testing

@Suite("run --dry-run")
struct DryRunTests {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
    }

    private func object(_ outcome: Outcome) throws -> [String: Any] {
        try #require(outcome.status == 0, outcome.everything)
        return try #require(
            try JSONSerialization.jsonObject(with: Data(outcome.output)) as? [String: Any], outcome.everything
        )
    }

    @Test(
        "It prints plan, namespaces, limits and message, and changes nothing",
        arguments: Driver.usable.map(\.name))
    func plan(driver: String) throws {
        _ = try sandbox.run("--storage", driver, "true")
        // tmp/ has had a moment of use: drivers are tried in it.
        func store() -> [String] {
            describeTree(sandbox.root).filter { !$0.hasPrefix("\(sandbox.root)/tmp ") }
        }
        let before = store()
        let plan = try object(
            try sandbox.run(
                "--dry-run", "--storage", driver, "-m", "100m", "--cpus", "1", "--cpu-shares", "512",
                "--pids-limit", "9",
                "--hostname", "h", "-w", "/w", "-e", "A=b", "--name", "n", "--read-only", "sh", "-c",
                "echo \"a  b\""))
        #expect(store() == before)

        #expect(plan["storage"] as? String == driver)
        #expect(plan["image"] as? String == "image busybox:latest")
        #expect((plan["cgroup"] as? String)?.hasPrefix("mydocker/") == true)
        let namespaces = Set(plan["namespaces"] as? [String] ?? [])
        #expect(namespaces.count == 6, "\(namespaces)")
        let limits = try #require(plan["limits"] as? [String: Any])
        #expect(limits["memory"] as? Int == 100 << 20 && limits["processes"] as? Int == 9)
        #expect(limits["milliCPUs"] as? Int == 1000 && limits["cpuShares"] as? Int == 512)
        let message = try #require(plan["initMessage"] as? [String: Any])
        #expect(message["arguments"] as? [String] == ["sh", "-c", "echo \"a  b\""])
        #expect(message["hostname"] as? String == "h" && message["workingDirectory"] as? String == "/w")
        #expect((message["environment"] as? [String])?.contains("A=b") == true)
        #expect(message["readOnlyRoot"] as? Bool == true)
        let steps = try #require(message["plan"] as? [[String: Any]])
        #expect(!steps.isEmpty && steps.allSatisfy { $0["step"] is String && $0["target"] is String })
        sandbox.expectClean()
    }

    /// Options, each list with something that only one of the two ways to read them might get wrong.
    private static let commandLines: [[String]] = [
        ["-ti", "sh"], ["-it", "--rm", "sh", "-c", "x"],
        ["--interactive", "--tty", "busybox", "ls", "-l", "--", "-x"],
        ["--name=n", "--hostname", "h", "-h=h", "true"], ["--name=-n", "true"], ["--name", "-n", "true"],
        ["--name"],
        ["-m", "100m", "--cpus=1", "--cpushare", "12", "--pids-limit", "7", "--cpuset", "0", "true"],
        ["-m", "-1", "true"], ["--mem=-1", "true"], ["--memory", "1x", "true"],
        ["-m", "1g", "-m", "2g", "true"],
        ["-e", "A=b", "--env", "C=d=e", "--env=F=", "env"], ["-e", "", "env"], ["-e", "-x", "env"],
        ["-w", "/w", "-u", "1:2", "--read-only", "--init", "--keep", "true"], ["--keep", "--rm", "true"],
        ["--entrypoint", "", "--stop-signal", "HUP", "true"], ["--stop-signal=nosuch", "true"],
        ["--rootfs", "/", "true"], ["--rootfs", "/", "--image", "busybox", "true"], ["--image", "", "true"],
        ["--image", "nosuch", "true"], ["--", "true"], ["--", "-x"], ["-"], [], ["-tx", "true"],
        ["-tm", "5m", "true"],
        ["--nosuch", "true"], ["--storage", "nosuch", "true"], ["--help"], ["true", "--help"],
        ["-t", "--help"],
        ["--rm=true", "true"], ["-m5m", "true"], ["--root", "", "true"], ["--root="],
        ["--hostname", "a b", "true"],
    ]

    @Test("Options mean the same however they are read", arguments: commandLines)
    func parsers(words: [String]) throws {
        // What sets the log's level is left to the parser of all commands.
        let driver = words.contains("--storage") ? [] : ["--storage", "bind"]
        let name = words.contains { $0.hasPrefix("--hostname") } ? [] : ["--hostname", "h"]
        let (fast, slow) = (
            try sandbox.start(["run", "--dry-run"] + driver + name + words).finish(),
            try sandbox.start(["run", "--log-level", "notice", "--dry-run"] + driver + name + words).finish()
        )
        func masked(_ text: String) -> String { text.replacing(#/[0-9a-f]{12}/#, with: "ID") }
        #expect(fast.status == slow.status)
        #expect(masked(fast.text) == masked(slow.text))
        #expect(masked(fast.errors) == masked(slow.errors))
    }

    @Test("A filter that is compiled for it is not kept")
    func filter() throws {
        let fresh = try Sandbox()
        let planned = try fresh.run("--dry-run", "--storage", "bind", "true")
        #expect(planned.status == 0 && !Machine.exists("\(fresh.root)/seccomp"), planned.everything)
    }

    @Test("A store that does not exist is not made", arguments: Driver.usable.map(\.name))
    func noStore(driver: String) throws {
        let nowhere = "\(sandbox.directory)/nowhere/store"
        let plan = try object(
            try sandbox.run(
                "--root", nowhere, "--storage", driver, "--dry-run", "--rootfs", sandbox.directory, "x"))
        #expect(plan["storage"] as? String == driver)
        let unknown = try sandbox.run("--root", nowhere, "--dry-run", "echo")
        #expect(unknown.status == 125, unknown.everything)
        #expect(!Machine.exists("\(sandbox.directory)/nowhere"))
    }

    @Test("What cannot run is refused as in a run")
    func refusals() throws {
        #expect(try sandbox.run("--dry-run", "-m", "1", "true").status == 125)
        #expect(try sandbox.run("--dry-run", "--image", "absent", "true").status == 125)
        #expect(try sandbox.run("--dry-run", "--storage", "absent", "true").status == 125)
        sandbox.expectClean()
    }
}
