import CLinux
import Foundation
import Glibc
import Testing

@Suite("Volumes and mounts, as a docker user types them")
struct VolumeTests {
    private let sandbox: Sandbox
    /// A directory of the host.
    private let host: String

    init() throws {
        sandbox = try Sandbox()
        host = "\(sandbox.directory)/host"
        mkdir(host, 0o755)
        Machine.write("\(host)/file", "of the host\n")
    }

    private func succeed(_ words: String...) throws -> Outcome {
        let outcome = try sandbox.start(words).finish()
        try #require(outcome.status == 0, outcome.everything)
        return outcome
    }

    private func data(_ volume: String) -> String { "\(sandbox.root)/volumes/\(volume)/_data" }

    /// An image with content at /srv/data, which it wants to be a volume.
    private func makeImage(driver: String? = nil) throws {
        let storage = driver.map { ["--storage", $0] } ?? []
        let script =
            "mkdir -p /srv/data/sub; echo image > /srv/data/file; chown -R 5:6 /srv/data; chmod 1770 /srv/data; ln /srv/data/file /srv/data/sub/again"
        let made = try sandbox.start(
            ["run", "--keep", "--name", "made"] + storage + ["busybox", "sh", "-c", script]
        ).finish()
        try #require(made.status == 0, made.everything)
        _ = try succeed("commit", "--change", "VOLUME /srv/data", "made", "data-image")
        _ = try succeed("rm", "made")
    }

    @Test("-v DIR:PATH shows a directory of the host, and :ro keeps it from being changed")
    func hostDirectory() throws {
        let seen = try succeed(
            "run", "-v", "\(host):/data", "-v", "\(host)/file:/etc/one:ro", "busybox", "sh", "-c",
            "cat /data/file /etc/one; echo new > /data/new; echo x >> /etc/one || echo refused")
        #expect(seen.lines == ["of the host", "of the host", "refused"])
        #expect(Machine.text("\(host)/new") == "new")
        let readOnly = try sandbox.run("-v", "\(host):/data:ro", "sh", "-c", "echo x > /data/file")
        #expect(readOnly.status == 1 && readOnly.errors.contains("Read-only"), readOnly.everything)
        // docker makes what -v names, and refuses what --mount does.
        _ = try succeed("run", "-v", "\(host)/made/deep:/data", "busybox", "true")
        #expect(Machine.exists("\(host)/made/deep"))
        let missing = try sandbox.run("--mount", "type=bind,src=\(host)/none,dst=/data", "true")
        #expect(missing.status == 125 && missing.errors.contains("\(host)/none"), missing.everything)
        sandbox.expectClean()
    }

    @Test(
        "A named volume outlives its containers, and holds what the image has there", arguments: Driver.tried)
    func namedVolume(driver: Driver) throws {
        let storage = ["--storage", driver.name]
        try makeImage(driver: driver.name)
        let list =
            "stat -c '%n %u:%g %a' /srv/data /srv/data/*; cat /srv/data/file; echo mine > /srv/data/file"
        let first = try sandbox.start(
            ["run"] + storage + ["-v", "data:/srv/data", "data-image", "sh", "-c", list]
        ).finish()
        #expect(
            first.lines == [
                "/srv/data 5:6 1770", "/srv/data/file 5:6 644", "/srv/data/sub 5:6 755", "image",
            ], first.everything)
        // The second name of the file is one of the copy, too.
        let second = try sandbox.start(
            ["run"] + storage + ["-v", "data:/elsewhere:ro", "busybox", "cat", "/elsewhere/sub/again"]
        ).finish()
        #expect(second.text == "mine\n", second.everything)
        #expect(Machine.text("\(data("data"))/file") == "mine")
        let nothing = try sandbox.start(
            ["run"] + storage + ["-v", "other:/srv/data:nocopy", "data-image", "ls", "/srv/data"]
        ).finish()
        #expect(nothing.status == 0 && nothing.text == "", nothing.everything)
        // Nothing of it is the container's own.
        let kept = try sandbox.start(
            ["run", "--keep", "--name", "kept"] + storage
                + ["-v", "data:/v", "busybox", "sh", "-c", "echo x > /v/secret; echo y > /own"]
        ).finish()
        try #require(kept.status == 0, kept.everything)
        let changes = try succeed("diff", "kept").lines
        #expect(changes.contains("A /own") && !changes.contains { $0.contains("secret") }, "\(changes)")
        _ = try succeed("export", "-o", "\(sandbox.directory)/kept.tar", "kept")
        let members = try Program(["tar", "-tf", "\(sandbox.directory)/kept.tar"]).finish().lines
        #expect(members.contains { $0.hasSuffix("own") } && !members.contains { $0.contains("secret") })
        _ = try succeed("rm", "kept")
        #expect(Machine.exists("\(data("data"))/secret"))
        sandbox.expectClean()
    }

    @Test("An image's VOLUME and -v PATH go with a container that is not kept, and stay with one that is")
    func anonymous() throws {
        try makeImage()
        let script = "mount | grep -c -E ' on (/srv/data|/own) '; cat /srv/data/file"
        let seen = try succeed("run", "-v", "/own", "data-image", "sh", "-c", script)
        #expect(seen.lines == ["2", "image"])
        #expect(Machine.list("\(sandbox.root)/volumes") == [])
        _ = try succeed(
            "run", "-d", "--name", "web", "-v", "/own", "data-image", "sh", "-c", "echo a > /own/a")
        #expect(try succeed("wait", "web").text == "0\n")
        let names = try succeed("volume", "ls", "-q").lines
        #expect(names.count == 2 && names.allSatisfy { $0.count == 64 })
        _ = try succeed("start", "web")
        _ = try succeed("wait", "web")
        #expect(try succeed("volume", "ls", "-q").lines == names)
        let used = try sandbox.tool("volume", "rm", names[0])
        #expect(used.status == 125 && used.errors.contains("in use by: web"), used.everything)
        // Without -v they stay, with it they go.
        _ = try succeed("rm", "web")
        #expect(try succeed("volume", "ls", "-q", "--filter", "dangling=true").lines == names)
        _ = try succeed("create", "--name", "other", "-v", "/own", "busybox", "true")
        _ = try succeed("rm", "-v", "other")
        #expect(try succeed("volume", "ls", "-q").lines == names)
        let pruned = try succeed("volume", "prune", "-f")
        #expect(pruned.lines.first == "Deleted Volumes:" && Set(pruned.lines[1...2]) == Set(names))
        #expect(try succeed("volume", "ls", "-q").text == "")
        sandbox.expectClean()
    }

    @Test("A detached container with --rm takes its volumes along, and so does one whose mydocker was killed")
    func removed() throws {
        _ = try succeed(
            "run", "-d", "--rm", "--name", "web", "-v", "/own", "-v", "named:/n", "busybox", "true")
        _ = try sandbox.tool("wait", "web")
        try waitUntilGone("web")
        #expect(Machine.list("\(sandbox.root)/volumes") == ["named"])
        let killed = try sandbox.begin("-i", "-v", "/own", "sh", "-c", "echo ready; read line")
        #expect(try killed.line() == "ready")
        #expect(Machine.list("\(sandbox.root)/volumes").count == 2)
        killed.signal(SIGKILL)
        #expect(killed.finish(keepingInput: true).status == -SIGKILL)
        _ = try sandbox.tool("ps")
        #expect(Machine.list("\(sandbox.root)/volumes") == ["named"])
        let failed = try sandbox.run("-v", "/own", "no-such-command")
        #expect(failed.status == 127, failed.everything)
        #expect(Machine.list("\(sandbox.root)/volumes") == ["named"])
        sandbox.expectClean()
    }

    /// Its monitor has nothing left to do.
    private func waitUntilGone(_ name: String) throws {
        while try sandbox.tool("ps", "-a", "--format", "json").text.contains("\"\(name)\"") { sched_yield() }
        while !Machine.processes(mentioning: sandbox.directory).isEmpty { sched_yield() }
    }

    @Test("--volumes-from takes over what another container has, and rm waits for neither")
    func volumesFrom() throws {
        _ = try succeed(
            "run", "-d", "--name", "first", "-v", "/own", "-v", "data:/d", "-v", "\(host):/h:ro", "busybox",
            "sh", "-c", "echo first > /own/file; exec sleep 1000")
        let second = try succeed(
            "run", "--volumes-from", "first", "-v", "mine:/d", "busybox", "sh", "-c",
            "cat /own/file /h/file; ls /d; echo x > /h/x || echo refused; echo second > /own/other")
        #expect(second.lines == ["first", "of the host", "refused"])
        let readOnly = try sandbox.run(
            "--volumes-from", "first:ro", "sh", "-c", "cat /own/other; echo > /own/x")
        #expect(readOnly.status == 1 && readOnly.text == "second\n", readOnly.everything)
        let used = try sandbox.tool("volume", "rm", "data")
        #expect(used.status == 125 && used.errors.contains("first"), used.everything)
        _ = try succeed("rm", "-f", "-v", "first")
        _ = try succeed("volume", "rm", "data", "mine")
        let unknown = try sandbox.run("--volumes-from", "nobody", "true")
        #expect(unknown.status == 125 && unknown.errors.contains("nobody"), unknown.everything)
        #expect(Machine.list("\(sandbox.root)/volumes") == [])
        sandbox.expectClean()
    }

    @Test("--tmpfs and --mount type=tmpfs are in memory, as large as they say")
    func memory() throws {
        let seen = try succeed(
            "run", "--tmpfs", "/small:size=64k,exec", "--mount", "type=tmpfs,dst=/other,tmpfs-mode=1700",
            "--tmpfs", "/plain", "busybox", "sh", "-c",
            "stat -c '%a' /small /other /plain; grep -c noexec.*small /proc/mounts; cat /dev/zero > /small/x; stat -c %s /small/x; mount | grep ' /other ' | grep -o noexec"
        )
        #expect(seen.lines == ["1777", "1700", "1777", "0", "65536", "noexec"], seen.everything)
        sandbox.expectClean()
    }

    @Test("A container that is started again, and a command beside it, have the same mounts")
    func again() throws {
        _ = try succeed(
            "create", "--name", "web", "-v", "data:/d", "--mount",
            "type=bind,source=\(host),target=/h,readonly",
            "--tmpfs", "/t", "busybox", "sh", "-c", "echo line >> /d/log; touch /t/x; exec sleep 1000")
        for count in 1...2 {
            _ = try succeed("start", "web")
            let seen = try succeed(
                "exec", "web", "sh", "-c",
                "until [ -e /t/x ]; do :; done; wc -l < /d/log; cat /h/file; echo x > /h/x || echo refused")
            #expect(seen.lines == ["\(count)", "of the host", "refused"])
            _ = try succeed("stop", "-t", "0", "web")
        }
        let mounts = try succeed("inspect", "web").text
        for text in ["\"Destination\" : \"/d\"", "\"Name\" : \"data\"", "\"Source\" : \"\(host)\""] {
            #expect(mounts.contains(text), "\(text) in \(mounts)")
        }
        _ = try succeed("rm", "web")
        sandbox.expectClean()
    }

    @Test("cp reaches what is mounted, while the container runs and after")
    func copy() throws {
        _ = try succeed(
            "run", "-d", "--name", "web", "-v", "data:/d", "busybox", "sh", "-c",
            "echo a > /d/a; exec sleep 1000")
        _ = try succeed("exec", "web", "sh", "-c", "until [ -e /d/a ]; do :; done")
        _ = try succeed("cp", "\(host)/file", "web:/d/running")
        #expect(Machine.text("\(data("data"))/running") == "of the host")
        _ = try succeed("stop", "-t", "0", "web")
        _ = try succeed("cp", "\(host)/file", "web:/d/stopped")
        #expect(Machine.text("\(data("data"))/stopped") == "of the host")
        _ = try succeed("cp", "web:/d/a", "\(host)/a")
        #expect(Machine.text("\(host)/a") == "a")
        #expect(try succeed("diff", "web").lines.allSatisfy { !$0.contains("/d/") })
        _ = try succeed("rm", "web")
        sandbox.expectClean()
    }

    @Test("volume create, ls, inspect, exists, rm and prune")
    func commands() throws {
        #expect(try succeed("volume", "create", "--label", "a=b", "--label", "c", "data").text == "data\n")
        #expect(try succeed("volume", "create", "data").text == "data\n")
        let random = try succeed("volume", "create").lines[0]
        #expect(random.count == 64)
        #expect(try succeed("volume", "create", "-d", "local", "other").text == "other\n")
        let table = try succeed("volume", "ls").lines
        #expect(table.first == "DRIVER    VOLUME NAME" && table.contains("local     data"))
        #expect(try succeed("volume", "ls", "-q", "-f", "label=a=b").lines == ["data"])
        #expect(try succeed("volume", "ls", "-q", "-f", "label=c", "-f", "name=at").lines == ["data"])
        #expect(try succeed("volume", "ls", "-q", "-f", "label=a=x").text == "")
        let line = try succeed("volume", "ls", "-f", "name=data", "--format", "json").text
        #expect(line.contains("\"Labels\":\"a=b,c=\"") && line.contains("\"Name\":\"data\""), "\(line)")
        let details = try succeed("volume", "inspect", "data").text
        #expect(details.contains("\"Mountpoint\" : \"\(data("data"))\""), "\(details)")
        #expect(try sandbox.tool("volume", "exists", "data").status == 0)
        #expect(try sandbox.tool("volume", "exists", "dat").status == 1)
        #expect(try succeed("volume", "rm", "dat").text == "data\n")
        for words in [
            ["rm", "data"], ["inspect", "data"], ["create", "a/b"], ["create", "-o", "type=nfs", "n1"],
        ] {
            let outcome = try sandbox.start(["volume"] + words).finish()
            #expect(outcome.status == 125 && outcome.errors.hasPrefix("mydocker: "), outcome.everything)
        }
        #expect(try succeed("volume", "rm", "-f", "data").text == "")
        // Only those without a name, unless all are meant.
        _ = try succeed("run", "--keep", "--name", "user", "-v", "used:/d", "busybox", "true")
        #expect(try succeed("volume", "prune", "-f").lines.contains(random))
        #expect(try succeed("volume", "ls", "-q").lines == ["other", "used"])
        #expect(try succeed("volume", "prune", "-af").lines.contains("other"))
        #expect(try succeed("volume", "ls", "-q").lines == ["used"])
        _ = try succeed("rm", "user")
        _ = try succeed(
            "volume", "create", "-o", "type=none", "-o", "o=bind", "-o", "device=\(host)", "device")
        #expect(try succeed("run", "-v", "device:/d", "busybox", "cat", "/d/file").text == "of the host\n")
        _ = try succeed("volume", "rm", "device")
        #expect(Machine.exists("\(host)/file"))
        sandbox.expectClean()
    }

    @Test(
        "What makes no sense is said before anything is made",
        arguments: [
            ["-v", "data:relative"], ["-v", "/"], ["-v", "data:/x:bogus"], ["-v", "da/ta:/x"],
            ["-v", "one:/x", "-v", "two:/x/"], ["--mount", "type=floppy,dst=/x"], ["--mount", "dst=x"],
            ["--tmpfs", "/x:context=y"], ["--mount", "type=bind,dst=/x"],
        ])
    func refused(options: [String]) throws {
        let outcome = try sandbox.start(["run"] + options + ["busybox", "true"]).finish()
        #expect(outcome.status == 125 && outcome.errors.hasPrefix("mydocker: "), outcome.everything)
        #expect(Machine.list("\(sandbox.root)/volumes") == [])
        sandbox.expectClean()
    }

    @Test("--dry-run shows the mounts, and makes nothing")
    func dryRun() throws {
        let plan = try succeed(
            "run", "--dry-run", "-v", "data:/d:ro", "-v", "\(host)/none:/h", "--tmpfs", "/t", "busybox",
            "true")
        for text in [data("data"), "\(host)/none", "\"target\" : \"/t\""] {
            #expect(plan.text.contains(text), "\(text) in \(plan.text)")
        }
        #expect(!Machine.exists("\(sandbox.root)/volumes") && !Machine.exists("\(host)/none"))
    }

    @Test("With a read-only root, the places to mount on are made all the same, and can be written to")
    func readOnlyRoot() throws {
        let seen = try succeed(
            "run", "--read-only", "-v", "data:/new/place", "--tmpfs", "/t", "busybox", "sh", "-c",
            "echo x > /new/place/x && echo y > /t/y && echo z > /z || echo refused")
        #expect(seen.lines == ["refused"])
        #expect(Machine.text("\(data("data"))/x") == "x")
        sandbox.expectClean()
    }

    @Test("A host's /dev can be mounted, and a terminal is one all the same")
    func devices() throws {
        let terminal = try Terminal()
        let container = try sandbox.begin(
            "-ti", "--privileged", "-v", "/dev:/dev", "busybox", "sh", "-c", "[ -t 0 ] && echo yes; [ -t 1 ]",
            setup: .init(terminal: terminal.path))
        try terminal.waitFor("yes")
        #expect(container.finish().status == 0)
        sandbox.expectClean()
    }
}

@Suite("Volumes: what an image or another container cannot do with them")
struct VolumeAttackTests {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
    }

    /// Commits what the script makes of the root.
    private func makeImage(_ script: String) throws {
        let made = try sandbox.run("--keep", "--name", "made", "busybox", "sh", "-c", script)
        try #require(made.status == 0, made.everything)
        try sandbox.ok("commit", "made", "evil")
        _ = try sandbox.tool("rm", "made")
    }

    @Test(
        "A link of the image does not have something mounted over /proc, over /sys, or outside (CVE-2021-30465)",
        arguments: [
            "/proc", "/proc/self", "/proc/self/fd/3", "/proc/1/root", "/sys/kernel", "/", "../../proc/sys",
        ])
    func links(target: String) throws {
        try makeImage("ln -s \(target) /place")
        for option in [["-v", "data:/place"], ["--tmpfs", "/place"], ["-v", "data:/place/attr"]] {
            let outcome = try sandbox.start(
                ["run"] + option + ["evil", "sh", "-c", "grep -E ' /(proc|sys)/?[^ ]* ' /proc/mounts"]
            ).finish()
            // In the root itself anything may be mounted.
            let isInside = target == "/" && option[1].hasSuffix("/attr")
            #expect(outcome.status == (isInside ? 0 : 125), "\(option): \(outcome.everything)")
            #expect(isInside || outcome.errors.contains("/place"), outcome.everything)
        }
        sandbox.expectClean()
    }

    @Test(
        "What hides /proc and /sys cannot be uncovered, nor its source be replaced (CVE-2025-31133, CVE-2025-52565)"
    )
    func masks() throws {
        let volume = "\(sandbox.root)/volumes/dev/_data"
        _ = try sandbox.tool("volume", "create", "dev")
        for (name, target) in [
            ("null", "/proc/sysrq-trigger"), ("console", "/proc/sys/kernel/core_pattern"),
            ("ptmx", "/proc/kcore"),
        ] { symlink(target, "\(volume)/\(name)") }
        mkdir("\(volume)/pts", 0o755)
        symlink("/proc/sys/kernel/core_pattern", "\(volume)/pts/ptmx")
        let script =
            "head -c1 /proc/kcore | wc -c; ls /sys/firmware | wc -l; grep -c ' /proc/sys proc ro' /proc/mounts; readlink /dev/console"
        for terminal in [[], ["-t"]] {
            let outcome = try sandbox.start(
                ["run"] + terminal + ["-v", "dev:/dev", "busybox", "sh", "-c", script]
            ).finish()
            #expect(
                outcome.lines == ["0", "0", "1", "/proc/sys/kernel/core_pattern"], outcome.everything)
        }
        for target in ["/proc", "/proc/sys", "/proc/kcore", "/sys", "/sys/firmware", "/sys/devices"] {
            let outcome = try sandbox.run("-v", "dev:\(target)", "true")
            #expect(outcome.status == 125 && outcome.errors.contains(target), outcome.everything)
        }
        sandbox.expectClean()
    }

    @Test("Who swaps a directory of a shared volume for a link while another container starts, gains nothing")
    func swapped() throws {
        let volume = "\(sandbox.root)/volumes/shared/_data"
        _ = try sandbox.tool("volume", "create", "shared")
        _ = try sandbox.tool("volume", "create", "inner")
        mkdir("\(volume)/real", 0o755)
        mkdir("\(volume)/real/sys", 0o755)
        symlink("/proc", "\(volume)/link")
        let swapper = try Program([
            Tool.python, "-c",
            """
            import ctypes, sys
            libc = ctypes.CDLL(None)
            one, other = (p.encode() for p in sys.argv[1:])
            print("ready", flush=True)
            while True: libc.renameat2(-100, one, -100, other, 2)
            """, "\(volume)/real", "\(volume)/link",
        ])
        #expect(try swapper.line() == "ready")
        for _ in 0..<30 {
            let outcome = try sandbox.run(
                "-v", "shared:/data", "-v", "inner:/data/real/sys", "busybox", "sh", "-c",
                "echo ran; grep -c ' /proc/sys proc ro' /proc/mounts")
            #expect(
                outcome.status == 125
                    ? outcome.errors.contains("/data/real/sys") : outcome.lines == ["ran", "1"],
                outcome.everything)
        }
        swapper.signal(SIGKILL)
        _ = swapper.finish()
        sandbox.expectClean()
    }

    @Test("A volume's content leads nowhere: neither when it is mounted, nor when it is filled")
    func content() throws {
        let secret = "\(sandbox.directory)/secret"
        mkdir(secret, 0o755)
        Machine.write("\(secret)/key", "secret\n")
        try makeImage("ln -s \(secret) /out; mkdir /in; ln -s \(secret) /in/out")
        let outcome = try sandbox.run(
            "-v", "one:/out", "-v", "two:/in", "evil", "sh", "-c", "ls /out/ /in/out/")
        #expect(!outcome.text.contains("key"), outcome.everything)
        for name in ["one", "two"] {
            #expect(!Machine.exists("\(sandbox.root)/volumes/\(name)/_data/key"))
        }
        // What a volume holds is not followed either.
        symlink(secret, "\(sandbox.root)/volumes/two/_data/sub")
        let inside = try sandbox.run("--mount", "src=two,dst=/x,volume-subpath=sub", "ls", "/x")
        #expect(inside.status == 125 && !inside.text.contains("key"), inside.everything)
        let nested = try sandbox.run(
            "-v", "two:/x", "-v", "three:/x/sub", "busybox", "sh", "-c", "ls -A \(secret)")
        #expect(nested.status != 0 || !nested.text.contains("key"), nested.everything)
        #expect(Machine.list(secret) == ["key"])
        sandbox.expectClean()
    }

    @Test(
        "No name of a volume leads out of the store",
        arguments: ["..", "../../x", "a/../../b", ".hidden", "-x"])
    func names(name: String) throws {
        for words in [
            ["volume", "create", "--", name], ["volume", "rm", "--", name],
            ["volume", "inspect", "--", name],
        ] {
            let outcome = try sandbox.start(words).finish()
            #expect(outcome.status == 125, outcome.everything)
        }
        let outcome = try sandbox.run("--mount", "type=volume,src=\(name),dst=/x", "true")
        #expect(outcome.status == 125, outcome.everything)
        #expect(Machine.list("\(sandbox.root)/volumes") == [])
    }

    @Test("Where nobody decides about devices, a volume's open nothing")
    func devices() throws {
        _ = try sandbox.tool("volume", "create", "data")
        let node = "\(sandbox.root)/volumes/data/_data/mem"
        try #require(clx_mknodat(AT_FDCWD, node, S_IFCHR | 0o666, 1, 1) == 0)
        let outcome = try sandbox.run("-v", "data:/d", "busybox", "sh", "-c", "head -c1 /d/mem")
        #expect(outcome.status != 0 && outcome.text.isEmpty, outcome.everything)
        sandbox.expectClean()
    }
}
