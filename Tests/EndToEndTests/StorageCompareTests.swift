import CLinux
import Glibc
import Testing

@Suite("storage compare: drivers on other kernels", .serialized)
struct StorageCompareTests {
    private let sandbox: Sandbox
    private static let short = ["--workload", "mount-1", "--workload", "copy-up-4k"]

    init() throws {
        sandbox = try Sandbox(withImage: false, on: .disk)
    }

    private func compare(_ words: String...) throws -> Outcome {
        try sandbox.start(["storage", "compare"] + Self.short + words).finish()
    }

    private func python(_ script: String, _ words: String...) throws {
        let command = script.hasSuffix(".py") ? [script] : ["-c", script]
        let outcome = try Program(["python3"] + command + words).finish()
        #expect(outcome.status == 0, outcome.everything)
    }

    @Test("This kernel and a user-mode kernel: a table, JSON and a page", .needs("linux.uml"))
    func kernels() throws {
        let (json, page) = ("\(sandbox.directory)/report.json", "\(sandbox.directory)/report.html")
        let cases = ["M1", "C4", "C10", "D1", "K5", "X2"].flatMap { ["--case", $0] }
        let outcome = try sandbox.start(
            ["storage", "compare", "--kernel", "host", "--kernel", "linux.uml", "--json", json, "-o", page]
                + Self.short + cases
        ).finish()
        #expect(outcome.status == 0, outcome.everything)
        #expect(outcome.errors.contains("linux.uml: bench"), outcome.everything)
        try python(
            """
            import json, sys
            report = json.load(open(sys.argv[1]))
            assert report["schema"] == "mydocker-compare/1", report
            host, other = report["kernels"]
            assert host["release"] != other["release"] and other["name"] == "linux.uml", report
            # Cgroup v2 alone there, and a container was really limited.
            assert other["cgroups"] == "v2" and other["limits"] == "applied" == host["limits"], report
            for kernel in (host, other):
                assert kernel["fileSystem"] and "problem" not in kernel, kernel
                working = [d["name"] for d in kernel["drivers"] if "reason" not in d]
                assert "bind" in working, kernel
                seen = {(r["id"], r["driver"]): r["verdict"] for r in kernel["conformance"]}
                assert len(seen) == 6 * len(working), seen
                assert set(seen.values()) <= {"passed", "declared"}, seen
                ratios = [r["ratio"] for r in kernel["benchmark"] if r["target"] in working]
                assert len(ratios) == 2 * len(working) and all(ratio > 0 for ratio in ratios), ratios
            """, json)
        sandbox.expectClean()
    }

    @Test(
        "The page in a browser: whole, in light and dark and on paper, without a network",
        .needs("chromium-headless-shell", "linux.uml"))
    func page() throws {
        let page = "\(sandbox.directory)/report.html"
        let broken = "\(sandbox.directory)/<b>broken & \"odd\""
        #expect(try Program(["cp", "/bin/echo", broken]).finish().status == 0)
        // Names of packaged kernels are long.
        let long = "\(sandbox.directory)/vmlinuz-6.12.117+deb12-cloud-amd64-unsigned"
        let linked = try Program(["sh", "-c", "ln -s \"$(command -v linux.uml)\" \(long)"]).finish()
        #expect(linked.status == 0)
        let made = try compare(
            "--case", "C1", "--case", "L1", "--kernel", "host", "--kernel", long, "--kernel", broken, "-o",
            page)
        #expect(made.status == 1, made.everything)
        try python("\(Tool.scripts)/page_check.py", page)
    }

    @Test(
        "A driver that is broken in one thing is found out on each kernel, and in nothing else",
        .needs("linux.uml"))
    func brokenDriver() throws {
        let json = "\(sandbox.directory)/report.json"
        let cases = ["M2", "C1", "C4", "C6", "C7", "C9", "C12", "D3", "X1"].flatMap { ["--case", $0] }
        let outcome = try Program(
            [
                Tool.forgetful, "storage", "compare", "--kernel", "host", "--kernel", "linux.uml", "--json",
                json,
                "--driver", "forgetful",
            ] + Self.short + cases, .init(environment: ["MYDOCKER_ROOT": sandbox.root])
        ).finish()
        #expect(outcome.status == 1, outcome.everything)
        try python(
            """
            import json, sys
            for kernel in json.load(open(sys.argv[1]))["kernels"]:
                failed = {r["id"] for r in kernel["conformance"] if r["verdict"] == "failed"}
                assert failed == {"C4", "C6", "C7"} and len(kernel["conformance"]) == 9, (kernel["name"], failed)
            """, json)
        sandbox.expectClean()
    }

    @Test("A kernel that does not boot is a line with its last words, and the others are tried all the same")
    func broken() throws {
        let kernel = "\(sandbox.directory)/broken"
        // An executable in the form of a kernel's, which says something and ends.
        #expect(try Program(["sh", "-c", "cp /bin/echo \(kernel)"]).finish().status == 0)
        let outcome = try compare("--case", "M1", "--kernel", kernel, "--kernel", "host")
        #expect(outcome.status == 1, outcome.everything)
        #expect(
            outcome.text.contains("ended without a result") && outcome.text.contains("  | mem="),
            outcome.everything)
        #expect(
            outcome.lines.contains { $0.hasPrefix("host ") && $0.contains("1/0/0/0") }, outcome.everything)
        sandbox.expectClean()
    }

    @Test("A kernel that hangs is ended at its time limit")
    func hanging() throws {
        let kernel = "\(sandbox.directory)/hanging"
        let made = try Program(["sh", "-c", "cp $(readlink -f /bin/sleep) \(kernel)"]).finish()
        #expect(made.status == 0)
        // sleep(1) refuses what a kernel is given; tail -f would not, and cat waits for nothing: yes(1) goes on for ever.
        #expect(try Program(["sh", "-c", "cp /usr/bin/yes \(kernel)"]).finish().status == 0)
        let outcome = try compare("--case", "M1", "--kernel", kernel, "--time-limit", "2")
        #expect(outcome.status == 1 && outcome.text.contains("did not end within 2 s"), outcome.everything)
        #expect(Machine.processes(mentioning: kernel) == [])
        sandbox.expectClean()
    }

    @Test("After SIGINT nothing runs and nothing is left", .needs("linux.uml"))
    func interrupted() throws {
        let program = try sandbox.start(["storage", "compare", "--kernel", "linux.uml"])
        try program.waitForError("linux.uml: check")
        program.signal(SIGINT)
        #expect(program.finish().status == 130)
        sandbox.expectClean()
    }

    @Test("What is no kernel is said", arguments: ["/etc/passwd", "/nowhere", "nosuch"])
    func noKernel(name: String) throws {
        let outcome = try compare("--kernel", name)
        #expect(outcome.status == 125 && outcome.errors.contains("no kernel"), outcome.everything)
    }

    @Test(
        "A driver, case, workload or time that does not exist is refused before anything is tried",
        arguments: [
            ["--driver", "nope"], ["--case", "ZZ"], ["--workload", "nope"], ["--time-limit", "0"],
        ])
    func unknownNames(words: [String]) throws {
        let outcome = try sandbox.start(["storage", "compare"] + words).finish()
        #expect(outcome.status == 125 && outcome.text.isEmpty, outcome.everything)
        #expect(words[1] == "0" || outcome.errors.contains(words[1]), outcome.everything)
    }

    @Test("A check that is killed is a failure", arguments: ["check", "bench"])
    func killed(part: String) throws {
        let program = try sandbox.start(
            ["storage", "compare", "--kernel", "host", "--driver", "bind"]
                + (part == "bench" ? ["--case", "M1"] : []))
        try program.waitForError("host: \(part)")
        var victim: pid_t?
        // It is about to become the program.
        while victim == nil {
            victim = Machine.list("/proc").compactMap { pid_t($0) }.first { pid in
                let words = (Machine.bytes("/proc/\(pid)/cmdline") ?? []).split(separator: 0)
                return words.contains(Array(part.utf8)[...])
                    && Machine.text("/proc/\(pid)/status")?.contains("PPid:\t\(program.pid)\n") == true
            }
        }
        if let victim { kill(victim, SIGKILL) }
        let outcome = program.finish()
        #expect(
            outcome.status == 1 && outcome.text.contains("storage \(part) was killed by signal 9"),
            outcome.everything)
    }

    @Test("A driver that was asked for and is not there is a failure, and the others are tried")
    func missingDriver() throws {
        let names = Driver.all.map(\.name)
        let outcome = try sandbox.start(
            ["storage", "compare", "--kernel", "host", "--case", "M1"] + Self.short
                + names.flatMap { ["--driver", $0] }
        ).finish()
        let works = Set(Driver.usable.map(\.name))
        #expect((outcome.status == 0) == names.allSatisfy(works.contains), outcome.everything)
        for driver in names {
            let line = outcome.lines.first { $0.contains(" \(driver) ") } ?? ""
            #expect(line.contains("1/0/0/0") == works.contains(driver), outcome.everything)
        }
    }

    @Test("A panic is said by its own line, and what it comes from if that is known", .needs("cc"))
    func panic() throws {
        let kernel = "\(sandbox.directory)/panicking"
        let source = "\(sandbox.directory)/panic.c"
        Machine.write(
            source,
            """
            #include <stdio.h>
            int main(void) {
                puts("before");
                puts("[1.0] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)");
                puts("Call Trace:");
                return 1;
            }
            """)
        try #require(try Program(["cc", "-o", kernel, source]).finish().status == 0)
        let outcome = try compare("--case", "M1", "--kernel", kernel)
        #expect(outcome.status == 1, outcome.everything)
        #expect(
            outcome.text.contains(
                "Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0) (no initramfs support"
            ), outcome.everything)
        #expect(
            outcome.text.contains("  | before") && !outcome.text.contains("Call Trace"), outcome.everything)
    }

    @Test("After SIGKILL nothing of a booted kernel lives on", .needs("linux.uml"))
    func killedWhole() throws {
        let program = try sandbox.start(["storage", "compare", "--kernel", "linux.uml"])
        try program.waitForError("linux.uml: check")
        let kernels = Machine.processes(mentioning: sandbox.directory).compactMap { pid_t($0) }
        #expect(kernels.count > 2)
        // Each ends when it was told to: a pidfd is readable then.
        var ends = kernels.map { pollfd(fd: clx_pidfd_open($0), events: Int16(POLLIN), revents: 0) }
        defer { for end in ends { close(end.fd) } }
        program.signal(SIGKILL)
        _ = program.finish()
        while let waiting = ends.firstIndex(where: { $0.fd >= 0 && $0.revents == 0 }) {
            try #require(poll(&ends[waiting], 1, 60_000) == 1, "a process of the kernel lives on")
        }
        #expect(try sandbox.tool("ps").status == 0)
        sandbox.expectClean()
    }

    @Test("boot-kernel says what is missing", arguments: [[], ["/nowhere"], ["/nowhere", "true"]])
    func bootKernel(words: [String]) throws {
        let outcome = try Program(["\(Tool.repository)/scripts/boot-kernel"] + words).finish()
        #expect(outcome.status == 2, outcome.everything)
        #expect(
            outcome.errors.contains(words.count < 2 ? "usage: " : "no kernel /nowhere"), outcome.everything)
    }
}
