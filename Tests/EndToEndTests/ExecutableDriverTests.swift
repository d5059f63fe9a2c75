import Foundation
import Glibc
import Testing

@Suite("Drivers that are programs of their own", .enabled(if: geteuid() == 0, "only root may mount"))
struct ExecutableDriverTests {
    private let sandbox: Sandbox
    private let drivers: ExampleDrivers

    init() throws {
        sandbox = try Sandbox()
        drivers = try ExampleDrivers()
    }

    private func run(_ driver: String, _ words: String...) throws -> Outcome {
        try sandbox.start(["run", "--storage", driver] + words, drivers.setup).finish()
    }

    private func tool(_ words: String...) throws -> Outcome {
        try sandbox.start(words, drivers.setup).finish()
    }

    @Test("storage ls says where each comes from, and why one is not used")
    func list() throws {
        let copy = "\(drivers.directory)/mydocker-driver-bind"
        try #require(link("\(drivers.directory)/mydocker-driver-copy", copy) == 0)
        try #require(chmod("\(drivers.directory)/mydocker-driver-tmpfs", 0o777) == 0)
        let table = try tool("storage", "ls")
        let lines = table.lines.filter { $0.contains(drivers.directory) || $0.contains("built in") }
        #expect(lines.contains { $0.hasPrefix("bind ") && $0.contains("built in") }, table.everything)
        #expect(
            lines.contains { $0.hasPrefix("bind ") && $0.contains("a built-in driver has the same name") },
            table.everything)
        #expect(lines.contains { $0.hasPrefix("copy ") && $0.contains(" yes ") }, table.everything)
        #expect(
            lines.contains { $0.hasPrefix("tmpfs ") && $0.contains("can be written to by others than root") },
            table.everything)
        let refused = try run("tmpfs", "true")
        #expect(refused.status == 125 && refused.errors.contains("written to by others"), refused.everything)
        let absent = try run("absent", "true")
        #expect(absent.status == 125 && absent.errors.contains("copy"), absent.everything)
    }

    @Test("Writes into memory: a container works, and nothing of it is left or kept")
    func memory() throws {
        try drivers.record("tmpfs")
        let first = try run("tmpfs", "sh", "-c", "rm /bin/vi; echo x >/new; cat /new; ls /bin/vi")
        #expect(first.text == "x\n" && first.errors.contains("/bin/vi"), first.everything)
        _ = drivers.requests()
        let second = try run("tmpfs", "sh", "-c", "ls /bin/vi /new")
        #expect(second.text == "/bin/vi\n", second.everything)
        let requests = drivers.requests()
        #expect(requests.count == 1 && requests[0].contains("\"verb\":\"prepare\""), "\(requests)")
        let readOnly = try run("tmpfs", "--read-only", "sh", "-c", "echo x >/new")
        #expect(readOnly.errors.contains("Read-only file system"), readOnly.everything)
        let kept = try run("tmpfs", "--keep", "true")
        #expect(kept.status == 125 && kept.errors.contains("is gone with it"), kept.everything)
        let box = try sandbox.start(
            ["run", "-i", "--name", "box", "--storage", "tmpfs", "sh", "-c", "echo ready; read x"],
            drivers.waiting)
        #expect(try box.line() == "ready")
        for words in [["diff", "box"], ["commit", "box", "new:1"]] {
            let refused = try sandbox.start(words, drivers.setup).finish()
            #expect(refused.status != 0 && refused.errors.contains("is gone with it"), refused.everything)
        }
        let exported = try tool("export", "-o", "\(sandbox.directory)/box.tar", "box")
        #expect(exported.status == 0, exported.everything)
        #expect(box.finish().status == 1)
        sandbox.expectClean()
    }

    @Test(
        "A file system in user space: run, keep, diff, commit, export, rm; its server is never left",
        .enabled(if: ExampleDrivers.fuseIsThere, "/dev/fuse or fuse-overlayfs is missing"))
    func served() throws {
        let first = try run(
            "fuse-overlayfs", "--keep", "--name", "box", "sh", "-c",
            "rm -r /usr; mkdir /usr; echo x >/new; rm /bin/vi; cat /proc/[0-9]*/comm | grep -c fuse")
        #expect(first.text == "0\n", first.everything)
        #expect(Machine.processes(mentioning: sandbox.directory) == [])
        let changes = try tool("diff", "box")
        #expect(
            changes.lines == ["C /bin", "D /bin/vi", "A /new", "C /usr", "D /usr/bin"],
            changes.everything)
        #expect(try tool("commit", "box", "new:1").status == 0)
        let second = try run("fuse-overlayfs", "new:1", "sh", "-c", "cat /new; ls /usr /bin/vi")
        #expect(second.text == "x\n/usr:\n" && second.errors.contains("/bin/vi"), second.everything)
        let exported = try tool("export", "-o", "\(sandbox.directory)/box.tar", "box")
        #expect(exported.status == 0, exported.everything)
        #expect(try tool("rm", "box").status == 0)
        try sandbox.waitForDeletions()
        sandbox.expectClean()
    }

    @Test(
        "mydocker is killed: the server of its container's root ends, and the next command cleans up",
        .enabled(if: ExampleDrivers.fuseIsThere, "/dev/fuse or fuse-overlayfs is missing"))
    func killed() throws {
        let box = try sandbox.start(
            ["run", "-i", "--storage", "fuse-overlayfs", "sh", "-c", "echo x >/new; echo ready; read x"],
            drivers.waiting)
        #expect(try box.line() == "ready")
        #expect(Machine.processes(mentioning: "\(sandbox.directory)/store/containers").count == 1)
        box.killAndWait()
        // The kernel tells it as soon as the container's last process is gone.
        while !Machine.processes(mentioning: "\(sandbox.directory)/store/containers").isEmpty {
            sched_yield()
        }
        #expect(try tool("ps").status == 0)
        try sandbox.waitForDeletions()
        sandbox.expectClean()
    }

    @Test("mydocker is killed: the next command has the driver discard what is left")
    func discarded() throws {
        let file = "\(drivers.directory)/mydocker-driver-copy"
        let log = "\(drivers.directory)/discarded"
        let text = try #require(Machine.text(file))
        Machine.write(
            file,
            text.replacingOccurrences(
                of: "\"supported\": True,", with: "\"supported\": True, \"verbs\": [\"discard\"],"
            )
            .replacingOccurrences(
                of: "{\"probe\": probe,",
                with:
                    "{\"discard\": lambda r: open('\(log)', 'a').write(r['snapshot']['path'] + '\\n') and {}, \"probe\": probe,"
            ))
        let box = try sandbox.start(
            ["run", "-i", "--storage", "copy", "sh", "-c", "echo ready; read x"], drivers.waiting)
        #expect(try box.line() == "ready")
        box.killAndWait()
        unlink(log)
        let listed = try tool("ps")
        #expect(listed.status == 0, listed.everything)
        let discarded = Machine.text(log) ?? ""
        #expect(discarded.contains("/containers/") && discarded.hasSuffix("/snapshot"), "\(discarded)")
        try sandbox.waitForDeletions()
        sandbox.expectClean()
    }

    @Test(
        "A program that does not mount anything is an error with its words, and is not left",
        .enabled(if: ExampleDrivers.fuseIsThere, "/dev/fuse or fuse-overlayfs is missing"))
    func servesNothing() throws {
        let file = "\(drivers.directory)/mydocker-driver-fuse-overlayfs"
        let text = try #require(Machine.text(file))
        Machine.write("\(drivers.directory)/not-a-server", "#!/bin/sh\necho no \"$2\" >&2\nexit 1\n")
        try #require(chmod("\(drivers.directory)/not-a-server", 0o755) == 0)
        let other = text.split(separator: "\n", omittingEmptySubsequences: false).map {
            $0.hasPrefix("PROGRAM = ") ? "PROGRAM = \"\(drivers.directory)/not-a-server\"" : String($0)
        }.joined(separator: "\n")
        Machine.write(file, other)
        let outcome = try run("fuse-overlayfs", "true")
        #expect(
            outcome.status == 125 && outcome.errors.contains("has ended without mounting anything"),
            outcome.everything)
        sandbox.expectClean()
    }

    /// The cases that each of them is tried with; `copy` with all.
    private static let cases = [
        "tmpfs": ["M1", "M8", "M12", "C4", "C6", "C9", "C13", "C24", "D6", "X1", "K5", "S4"],
        "fuse-overlayfs": ["M1", "M8", "C1", "C4", "C6", "C9", "C11", "C12", "C17", "C19", "K5"],
    ]

    @Test("The conformance kit holds them to what they say", arguments: ExampleDrivers.names)
    func conformance(name: String) throws {
        if name == "fuse-overlayfs" && !ExampleDrivers.fuseIsThere {
            try Test.cancel("fuse-overlayfs or /dev/fuse is missing")
        }
        let words = ["storage", "check", name] + (Self.cases[name] ?? []).flatMap { ["--case", $0] }
        let outcome = try sandbox.start(words, drivers.setup).finish()
        #expect(outcome.status == 0, outcome.everything)
        sandbox.expectClean()
    }

    @Test(
        "What is asked and answered is valid by the schemas",
        .enabled(
            if: Machine.exists("/usr/lib/python3/dist-packages/jsonschema"), "python3-jsonschema is missing"))
    func schemas() throws {
        for name in ExampleDrivers.names {
            try drivers.record(name)
            if name == "fuse-overlayfs" && !ExampleDrivers.fuseIsThere { continue }
            for words in [["true"], ["--read-only", "true"]] {
                let outcome = try sandbox.start(["run", "--storage", name] + words, drivers.setup).finish()
                #expect(outcome.status == 0, outcome.everything)
            }
        }
        let outcome = try Program([
            Tool.python, "\(Tool.scripts)/driver_schemas.py", ExampleDrivers.schemas,
            "\(drivers.directory)/record",
        ]).finish()
        #expect(outcome.status == 0, outcome.everything)
        #expect(outcome.text.contains("mounts") || outcome.text.contains("prepare"), outcome.everything)
        // What this program prints of its own drivers' plans is valid too.
        for driver in ["aufs", "overlay", "bind"] {
            let planned = try run(driver, "--dry-run", "true")
            guard planned.status == 0 else { continue }
            Machine.write("\(sandbox.directory)/plan.json", planned.text)
            let valid = try Program([
                Tool.python, "\(Tool.scripts)/driver_schemas.py", ExampleDrivers.schemas, "--dry-run",
                "\(sandbox.directory)/plan.json",
            ]).finish()
            #expect(valid.status == 0, valid.everything)
        }
    }
}
