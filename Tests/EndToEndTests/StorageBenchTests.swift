import Glibc
import Testing

@Suite("storage bench")
struct StorageBenchTests {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox(withImage: false, on: .disk)
    }

    @Test("Every workload is measured on the bare file system and on every driver, and leaves nothing")
    func table() throws {
        let names = ["start", "mount-16", "disk", "page-cache", "walk", "copy-up-4k", "diff-100"]
        let words = names.flatMap { ["--workload", $0] }
        let outcome = try sandbox.start(
            ["storage", "bench", "--size", "small", "--repetitions", "1"] + words
        ).finish()
        #expect(outcome.status == 0, outcome.everything)
        for name in names {
            let line = outcome.lines.first { $0.hasPrefix("\(name) ") } ?? ""
            let cells = line.split(separator: " ", omittingEmptySubsequences: true)
            #expect(
                cells.count > 2 && !cells.dropFirst(2).prefix(Driver.usable.count).contains("-"), "\(line)")
        }
        sandbox.expectClean()
    }

    @Test("JSON holds every sample; a bind root shares no pages and costs the whole tree, a union's does not")
    func json() throws {
        let words = [
            "storage", "bench", "--size", "small", "--json", "--workload", "disk", "--workload", "page-cache",
        ]
        let outcome = try sandbox.start(words).finish()
        #expect(outcome.status == 0 && outcome.text.contains(#""values""#), outcome.everything)
        let script = """
            import json, sys
            results = {(r["workload"], r["target"]): r["samples"]["values"][0] for r in json.load(sys.stdin)}
            if ("disk", "bind") in results:
                assert results["disk", "bind"] > 4000000 and results["page-cache", "bind"] == 0, results
            if ("disk", "overlay") in results:
                assert results["disk", "overlay"] < 100000 and results["page-cache", "overlay"] == 1, results
            """
        let python = try Program(["python3", "-c", script], .init(input: .pipe))
        python.send(outcome.text)
        let judged = python.finish()
        #expect(judged.status == 0, judged.everything)
    }

    @Test(
        "What is none is said",
        arguments: [["--workload", "nosuch"], ["--driver", "nosuch"], ["--repetitions", "0"]])
    func wrong(words: [String]) throws {
        let outcome = try sandbox.start(["storage", "bench"] + words).finish()
        #expect(outcome.status == 125 && outcome.errors.contains(words[0].dropFirst(2)), outcome.everything)
        sandbox.expectClean()
    }

    @Test("Commands of the user's: setup, check, metrics, and what a failing check does")
    func commands() throws {
        try sandbox.importImage("busybox")
        let outcome = try sandbox.start([
            "storage", "bench", "--image", "busybox", "--times", "2", "--run",
            "one=cat /tmp/in; test -e /tmp/in", "--run",
            "two=echo x > /file; false", "--run", "three=true", "--setup", "one=echo rate=7 > /tmp/in",
            "--check", "three=test -e /nothing",
            "--metric", "rate:less=rate=([0-9]+)",
        ]).finish()
        #expect(outcome.status == 1, outcome.everything)
        // What has no room in a line goes into another table.
        #expect(outcome.lines.contains { $0.contains("WALL") && $0.contains("RATE") }, outcome.everything)
        #expect(outcome.text.contains("COPY-UPS"), outcome.everything)
        // Bare, and each driver that works here.
        let failed = outcome.lines.count { $0.contains(": the command ended with status 1") }
        #expect(failed > Driver.usable.count, outcome.everything)
        #expect(
            outcome.lines.count { $0.contains(": --check ended with status 1") } == failed,
            outcome.everything)
        for line in outcome.lines {
            #expect(line.count <= 100 || line.contains("the command") || line.contains("--check"), "\(line)")
        }
        sandbox.expectClean()
    }

    @Test("A crowd: starts, memory, and the page cache shared or not")
    func crowd() throws {
        try sandbox.importImage("busybox")
        let outcome = try sandbox.start([
            "storage", "bench", "--image", "busybox", "--times", "1", "--crowd", "4", "--json",
        ]).finish()
        #expect(outcome.status == 0, outcome.everything)
        let python = try Program(
            [
                "python3", "-c",
                """
                import json, sys
                found = {(r["target"], r["measure"]): r for r in json.load(sys.stdin)}
                value = lambda target, measure: found[target, measure]["samples"]["values"][0]
                assert "samples" not in found["bare", "starts"] and found["bare", "starts"]["reason"], found
                for target in {target for target, _ in found} - {"bare"}:
                    assert value(target, "starts") > 0 and value(target, "memory") > 10000, found
                    assert value(target, "page-cache") == (4 if target == "bind" else 1), (target, found)
                """,
            ], .init(input: .pipe))
        python.send(outcome.text)
        let judged = python.finish()
        #expect(judged.status == 0, judged.everything)
        sandbox.expectClean()
    }

    @Test("After SIGKILL in the middle of a command nothing is left for long")
    func killed() throws {
        try sandbox.importImage("busybox")
        let program = try sandbox.start([
            "storage", "bench", "--image", "busybox", "--driver", "bind", "--run",
            "sleep=echo ready; sleep 60", "--backing", "ext4",
        ])
        while Machine.processes(mentioning: "sleep 60").isEmpty { sched_yield() }
        program.signal(SIGKILL)
        _ = program.finish()
        // Containers of the background end when the bench does.
        while !Machine.processes(mentioning: sandbox.directory).isEmpty { sched_yield() }
        #expect(try sandbox.tool("ps").status == 0)
        try sandbox.waitForDeletions()
        sandbox.expectClean()
    }

    @Test(
        "Every ready-made workload does what it should, in the image that scripts/bench-image makes",
        .needs("mmdebstrap"))
    func readyMade() async throws {
        let archive = "\(sandbox.directory)/bench.tar"
        let script = """
            while sleep 20; do echo working >&2; done & ticks=$!
            trap 'kill $ticks' EXIT
            timeout 900 "$0/scripts/bench-image" >"$1" 2>"$1.log" || { tail -n 3 "$1.log"; exit 99; }
            "$2" image import --quiet "$1" bench
            """
        let made = try await Program(
            ["bash", "-c", script, Tool.repository, archive, Tool.binary],
            .init(environment: ["MYDOCKER_ROOT": sandbox.root])
        ).ended()
        if made.status == 99 { try Test.cancel("apt cannot make the image: \(made.text)") }
        try #require(made.status == 0, made.everything)
        let driver = try #require(Driver.usable.map(\.name).first { $0 != "bind" })
        let outcome = try await sandbox.start(
            ["storage", "bench", "--image", "bench", "--times", "1", "--driver", driver]
        ).ended()
        #expect(outcome.status == 0, outcome.everything)
        let names = [
            "fio-randwrite", "fio-seqread", "fio-fsync", "git-checkout", "apt-install", "sqlite", "untar-rm",
            "python-import", "pgbench",
        ]
        #expect(
            names.allSatisfy { name in outcome.lines.contains { $0.hasPrefix("\(name): ") } },
            outcome.everything)
        #expect(
            outcome.text.contains("IOPS") && outcome.text.contains("BANDWIDTH")
                && outcome.text.contains("TPS"))
        sandbox.expectClean()
    }

    @Test(
        "Options that do not go together",
        arguments: [
            ["--run", "x=true"], ["--crowd", "3"],
            ["--image", "none", "--workload", "walk", "--run", "true"], ["--backing", "vfat"],
            ["--image", "none", "--run", "a=1", "--run", "a=2"],
            ["--image", "none", "--metric", "x", "--run", "true"], ["--image", "none", "--times", "0"],
            ["--image", "none", "--run", "true"], ["--backing", "ext4,ext4"],
        ])
    func wrongTogether(words: [String]) throws {
        let outcome = try sandbox.start(["storage", "bench"] + words).finish()
        #expect(
            outcome.status == 125 && outcome.text.isEmpty && outcome.errors.split(separator: "\n").count <= 3,
            outcome.everything)
        sandbox.expectClean()
    }
}
