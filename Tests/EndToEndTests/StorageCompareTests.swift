import CLinux
import Foundation
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
        "The page and the Markdown in a browser, wide and narrow: whole, in light and dark and on paper, without a network",
        .needs("chromium-headless-shell", "cmark-gfm", "linux.uml"))
    func page() throws {
        let (page, json) = ("\(sandbox.directory)/report.html", "\(sandbox.directory)/report.json")
        let broken = "\(sandbox.directory)/<b>broken & \"odd\""
        #expect(try Program(["cp", "/bin/echo", broken]).finish().status == 0)
        // Names of packaged kernels are long.
        let long = "\(sandbox.directory)/vmlinuz-6.12.117+deb12-cloud-amd64-unsigned"
        let linked = try Program(["sh", "-c", "ln -s \"$(command -v linux.uml)\" \(long)"]).finish()
        #expect(linked.status == 0)
        let made = try compare(
            "--case", "C1", "--case", "L1", "--kernel", "host", "--kernel", long, "--kernel", broken, "-o",
            page, "--json", json)
        #expect(made.status == 1, made.everything)
        #expect(made.lines.first?.hasPrefix("FAILED <b>broken") == true, made.everything)
        let wide = made.lines.filter { $0.count > 100 && !$0.hasPrefix("  | ") }
        #expect(wide == [])
        try python("\(Tool.scripts)/page_check.py", page)
        // The same, from what was kept.
        let markdown = try sandbox.tool("storage", "report", json, "--markdown")
        #expect(markdown.status == 0, markdown.everything)
        let file = "\(sandbox.directory)/report.md"
        Machine.write(file, markdown.text)
        try python(
            "\(Tool.scripts)/page_check.py", "--markdown", file, json)
        let twice = try sandbox.tool("storage", "report", json, json, "-o", page)
        #expect(twice.status == 0 && twice.text.contains(", 2)"), twice.everything)
        #expect(twice.lines.allSatisfy { $0.count <= 100 || $0.hasPrefix("  | ") })
    }

    @Test(
        "The user's own commands on two kernels and two file systems, with their image",
        .needs("linux.uml"))
    func commands() throws {
        try sandbox.importImage("busybox")
        let json = "\(sandbox.directory)/report.json"
        let outcome = try sandbox.start([
            "storage", "compare", "--kernel", "host", "--kernel", "linux.uml", "--image", "busybox", "--run",
            "add=echo more >> /etc/passwd; echo value=42k", "--check",
            "tail -n 1 /etc/passwd | grep -qx more", "--metric",
            "value=value=([0-9k]+)", "--times", "4", "--backing", "ext4,xfs", "--driver", "overlay",
            "--driver", "erofs",
            "--json", json,
        ]).finish()
        #expect(
            outcome.status == 0 || Driver(name: "overlay").reasonAgainst != nil
                || Driver(name: "erofs").reasonAgainst != nil, outcome.everything)
        try python(
            """
            import json, sys
            host, other = json.load(open(sys.argv[1]))["kernels"]
            for kernel in host, other:
                assert kernel["conformance"] == [], kernel
                found = {(r["backing"], r["target"], r["measure"]): r for r in kernel["benchmark"]}
                working = {target for backing, target, measure in found} - {"bare"}
                assert "overlay" in working or kernel["missing"], kernel
                for backing in "ext4", "xfs":
                    for driver in working:
                        value = found[backing, driver, "value"]
                        assert value["samples"]["values"] == [42000] * 4 and value["better"] == "more", value
                        assert value["ratio"] == 1 and value["p"] == 1, value
                        assert found[backing, driver, "wall"]["samples"]["values"][0] > 0, found
                        assert found[backing, driver, "copy-ups"]["samples"]["values"] == [1] * 4, found
                        assert found[backing, driver, "memory"]["samples"]["values"][0] > 1e5, found
            """, json)
        sandbox.expectClean()
    }

    @Test("A driver that sleeps in its mount is found by the baseline, and by nothing that stayed as it was")
    func baseline() throws {
        let drivers = try ExampleDrivers()
        let json = "\(sandbox.directory)/before.json"
        let words = ["storage", "compare", "--workload", "mount-1", "--case", "M1", "--driver", "tmpfs"]
        let before = try sandbox.start(words + ["--json", json], drivers.setup).finish()
        try #require(before.status == 0, before.everything)
        // Not faster than it, and noise is no reason.
        let same = try sandbox.start(words + ["--baseline", json, "--fail-over", "5"], drivers.setup).finish()
        #expect(same.status == 0 && same.text.contains("Nothing got worse"), same.everything)
        try drivers.slow("tmpfs")
        let after = try sandbox.start(words + ["--baseline", json, "--fail-over", "1.5"], drivers.setup)
            .finish()
        #expect(after.status == 2 && after.text.contains("WORSE host, tmpfs: mount-1"), after.everything)
        #expect(after.text.contains("1 got worse"), after.everything)
        // One that is gone has failed.
        try drivers.remove("tmpfs")
        let gone = try sandbox.start(
            ["storage", "compare", "--workload", "mount-1", "--case", "M1", "--baseline", json], drivers.setup
        ).finish()
        #expect(gone.status == 0 || gone.status == 2, gone.everything)
    }

    @Test("Drivers that are programs take part on another kernel", .needs("linux.uml"))
    func programs() throws {
        let drivers = try ExampleDrivers()
        let outcome = try sandbox.start(
            [
                "storage", "compare", "--kernel", "linux.uml", "--workload", "mount-1", "--case", "M1",
                "--driver", "tmpfs",
                "--driver", "bind",
            ], drivers.setup
        ).finish()
        #expect(outcome.status == 0, outcome.everything)
        let passed = outcome.lines.filter { $0.hasPrefix("linux.uml ") && $0.contains("1/0/0/0") }
        #expect(passed.count == 2 && outcome.text.contains("TMPFS"), outcome.everything)
        sandbox.expectClean()
    }

    @Test(
        "A kernel of a package of Debian's is fetched, booted and kept",
        .needs("qemu-system-x86_64", "apt-get"))
    func package() throws {
        // In a mount namespace, with a cache of its own.
        let script = """
            mkdir -p /var/cache/mydocker; mount -t tmpfs none /var/cache/mydocker
            name=$(apt-cache pkgnames linux-image-6.1 | grep -E 'cloud-amd64(-unsigned)?$' | head -n 1)
            [ -n "$name" ] || { echo "apt knows no kernel: run apt-get update"; exit 99; }
            exec "$@"
            """
        func compare(_ words: String...) throws -> Outcome {
            let all =
                ["storage", "compare", "--workload", "mount-1", "--case", "M1", "--driver", "bind"] + words
            return try Program(
                ["unshare", "--mount", "bash", "-ec", script, "bash", Tool.binary] + all,
                .init(environment: ["MYDOCKER_ROOT": sandbox.root])
            ).finish()
        }
        let outcome = try compare("--kernel", "deb:6.1", "--json", "\(sandbox.directory)/report.json")
        if outcome.status == 99 { try Test.cancel("\(outcome.text)") }
        #expect(outcome.status == 0 && outcome.text.contains("vmlinuz-6.1"), outcome.everything)
        try python(
            """
            import json, sys
            kernel, = json.load(open(sys.argv[1]))["kernels"]
            assert kernel["word"] == "deb:6.1" and kernel["release"].startswith("6.1."), kernel
            assert kernel["machine"].endswith("(tcg)") or kernel["machine"].endswith("(kvm)"), kernel
            """, "\(sandbox.directory)/report.json")
        for (name, words) in [
            ("deb:0.0.1", "apt knows no kernel"), ("deb:../../x", "no name of a package"),
            ("deb:-x", "no name of a package"),
        ] {
            let outcome = try compare("--kernel", name)
            #expect(outcome.status == 125 && outcome.errors.contains(words), outcome.everything)
        }
        sandbox.expectClean()
    }

    @Test(
        "The first kernel without a driver, of a directory of them, in two steps", .needs("linux.uml", "cc"))
    func bisection() throws {
        let kernels = "\(sandbox.directory)/kernels"
        mkdir(kernels, 0o755)
        // A kernel is asked for its version to find its modules: these say one of which there are none.
        let source = "\(sandbox.directory)/kernel.c"
        Machine.write(
            source,
            """
            #include <stdio.h>
            #include <string.h>
            #include <unistd.h>
            int main(int count, char **words) {
                if (count > 1 && !strcmp(words[1], "--version")) return puts("0.0"), 0;
                execvp("linux.uml", words);
                return 1;
            }
            """)
        let made = try Program([
            "sh", "-ec",
            """
            cd \(kernels)
            cc -o linux-6.10 \(source); cp linux-6.10 linux-6.11
            for name in linux-6.8 linux-6.9; do ln -s "$(command -v linux.uml)" $name; done
            """,
        ]).finish()
        try #require(made.status == 0, made.everything)
        func bisect(_ words: String...) throws -> Outcome {
            try sandbox.start(["storage", "compare", "--kernel", kernels, "--driver", "overlay"] + words)
                .finish()
        }
        let found = try bisect("--bisect", "M1")
        #expect(found.status == 0, found.everything)
        #expect(
            found.lines.contains { $0.hasPrefix("first bad: linux-6.10: overlay does not work") },
            found.everything)
        #expect(found.lines.contains("last good: linux-6.9"), found.everything)
        #expect(
            found.text.contains("3 of 4 kernels were tried")
                || found.text.contains("2 of 4 kernels were tried"), found.everything)
        for words in [
            ["--bisect", "nope"], ["--slower-than", "2"], ["--bisect", "M1", "--slower-than", "2"],
            ["--bisect", "M1", "--baseline", "/dev/null"], ["--fail-over", "0.5"],
            ["--baseline", "/etc/passwd"],
        ] {
            let outcome = try sandbox.start(["storage", "compare"] + words).finish()
            #expect(outcome.status == 125 && outcome.text.isEmpty, outcome.everything)
        }
        sandbox.expectClean()
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
            outcome.text.replacingOccurrences(of: "\n  ", with: " ").contains(
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
