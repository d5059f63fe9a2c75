import Glibc
import Testing

@Suite("run: what holds a container besides its namespaces")
struct IsolationTests {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
    }

    private func status(_ options: String...) throws -> [String: String] {
        let outcome = try sandbox.start(["run"] + options + ["cat", "/proc/self/status"]).finish()
        #expect(outcome.status == 0, outcome.everything)
        return Dictionary(
            outcome.lines.compactMap { line in
                let parts = line.split(separator: ":", maxSplits: 1)
                return parts.count == 2 ? (String(parts[0]), String(parts[1].drop { $0 == "\t" })) : nil
            }, uniquingKeysWith: { first, _ in first })
    }

    @Test(
        "Usually: docker's capabilities and a filter; no_new_privs only if asked for",
        arguments: [[], ["--init"]])
    func usual(options: [String]) throws {
        let usual = try status()
        #expect(usual["Seccomp"] == "2" && usual["NoNewPrivs"] == "0", "\(usual)")
        #expect(["00000000a80425fb", "00000000a00425fb"].contains(usual["CapBnd"] ?? ""), "\(usual)")
        #expect(usual["CapEff"] == usual["CapBnd"] && usual["CapInh"] == "0000000000000000")
        let strict = try status("--security-opt", "no-new-privileges", "--cap-drop", "ALL", "-u", "5")
        #expect(
            strict["NoNewPrivs"] == "1" && strict["Seccomp"] == "2" && strict["CapBnd"] == "0000000000000000")
    }

    @Test("--cap-add and --cap-drop; what mydocker has not cannot be given")
    func capabilities() throws {
        #expect(
            try status("--cap-add", "net_admin", "--cap-drop", "CAP_CHOWN")["CapEff"]?.hasSuffix("35fa")
                == true)
        #expect(try status("--cap-drop=ALL", "--cap-add=KILL")["CapEff"] == "0000000000000020")
        let unknown = try sandbox.run("--cap-add", "FLY", "true")
        #expect(unknown.status == 125 && unknown.errors.contains("FLY"), unknown.everything)
    }

    @Test("System calls that are refused, and with a capability or without the filter are not")
    func filter() throws {
        let unshare = ["unshare", "-U", "true"]
        #expect(try sandbox.start(["run"] + unshare).finish().status != 0)
        let open = try sandbox.start(["run", "--security-opt", "seccomp=unconfined"] + unshare).finish()
        #expect(open.status == 0, open.everything)
        let mount = ["sh", "-c", "mount -t tmpfs x /tmp && echo mounted"]
        #expect(try sandbox.start(["run", "--cap-add", "SYS_ADMIN"] + mount).finish().lines == ["mounted"])
        let privileged = try sandbox.start(["run", "--privileged"] + mount).finish()
        #expect(privileged.lines == ["mounted"], privileged.everything)
    }

    @Test("A profile of one's own, in docker's form")
    func profile() throws {
        let path = "\(sandbox.directory)/profile.json"
        Machine.write(
            path,
            #"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 16}]}"#
        )
        for _ in 1...2 {
            let outcome = try sandbox.run("--security-opt", "seccomp=\(path)", "mkdir", "/x")
            #expect(outcome.errors.contains("busy"), outcome.everything)
        }
        Machine.write(path, "{}")
        let bad = try sandbox.run("--security-opt", "seccomp=\(path)", "true")
        #expect(bad.status == 125 && bad.errors.contains(path), bad.everything)
        for option in ["seccomp=/nowhere", "colour=red", "seccomp="] {
            let outcome = try sandbox.run("--security-opt", option, "true")
            #expect(outcome.status == 125 && outcome.errors.contains("--security-opt"), outcome.everything)
        }
    }

    @Test("A kept filter that was cut off is compiled again")
    func keptFilter() throws {
        #expect(try sandbox.run("true").status == 0)
        let kept = Machine.list("\(sandbox.root)/seccomp")
        try #require(kept.count == 1)
        Machine.write("\(sandbox.root)/seccomp/\(kept[0])", "12345678")
        #expect(try status()["Seccomp"] == "2")
        #expect((Machine.bytes("\(sandbox.root)/seccomp/\(kept[0])") ?? []).count > 1000)
    }

    @Test(
        "Nodes can be made, and those of the usual devices work, where somebody decides; nobody opens another"
    )
    func devices() throws {
        let script = """
            mknod /tmp/null c 1 3 && echo x > /tmp/null && echo works
            mknod /tmp/mem c 1 1; head -c 1 /tmp/mem | wc -c; mknod /dev/mem c 1 1; head -c 1 /dev/mem | wc -c
            """
        let outcome = try sandbox.run("sh", "-c", script)
        #expect([["works", "0", "0"], ["0", "0"]].contains(outcome.lines), outcome.everything)
        let isControlled = outcome.lines.count == 3
        let canMake = try status()["CapBnd"] == "00000000a80425fb"
        #expect(canMake == isControlled)
    }

    @Test("--device gives a node, with a name and rights of its own")
    func device() throws {
        let script =
            "ls -l /dev/other | cut -c1; head -c 2 /dev/other | wc -c; echo x > /dev/other && echo written"
        let outcome = try sandbox.run("--device", "/dev/zero:/dev/other:r", "sh", "-c", script)
        #expect(outcome.lines.prefix(2) == ["c", "2"], outcome.everything)
        for bad in ["/nowhere", "/etc/passwd", "zero", "/dev/zero:/x:q", "/dev/zero:/../x"] {
            let outcome = try sandbox.run("--device", bad, "true")
            #expect(outcome.status == 125 && outcome.errors.contains("--device"), outcome.everything)
        }
        let privileged = try sandbox.run(
            "--privileged", "sh", "-c", "ls /dev | wc -l; ls /dev/mapper 2>&1 | wc -l")
        #expect(privileged.status == 0, privileged.everything)
    }

    @Test("Limits of open files are docker's, and what is hidden is hidden unless privileged")
    func limitsAndMasks() throws {
        let script =
            "ulimit -n; head -c 1 /proc/keys 2>/dev/null | wc -c; [ -w /proc/sys/kernel/hostname ]; ls /sys/firmware | wc -l"
        let outcome = try sandbox.run("sh", "-c", script)
        #expect(outcome.lines == ["1024", "0", "0"], outcome.everything)
        let shown = try sandbox.run(
            "--security-opt", "systempaths=unconfined", "sh", "-c", "grep -c . /proc/interrupts")
        #expect(Int(shown.lines.first ?? "").map { $0 > 0 } == true, shown.everything)
    }

    /// The programs that try it from inside are in the host's tree: util-linux's, with its libraries.
    @Test("Without a filter the limits hold all the same, in every hierarchy", .needs("unshare"))
    func nestedLimits() throws {
        let script = """
            for h in pids memory freezer; do
              unshare -U -r -m -C sh -c 'mount -t cgroup -o '$h' c /mnt && ls /mnt && for f in pids.max memory.limit_in_bytes; do
                [ -e /mnt/$f ] && echo max > /mnt/$f; done; true'
            done; unshare -U -r -m -C sh -c 'mount -t cgroup2 c /mnt && ls -d /mnt/*'
            i=0; while [ $i -lt 40 ]; do sleep 1 & i=$((i+1)); done 2>&1 | head -1; wait
            """
        let outcome = try sandbox.run(
            "--rootfs", "/", "--storage", "overlay", "--security-opt", "seccomp=unconfined", "--pids-limit",
            "20",
            "bash", "-c", script)
        // Nobody else's cgroup is to be seen in any of them.
        #expect(!outcome.text.contains("mydocker"), outcome.everything)
        #expect(
            (outcome.text + outcome.errors).contains("Resource temporarily unavailable"), outcome.everything)
        sandbox.expectClean()
    }
}
