import CLinux
import Glibc
import Testing

@Suite(
    "run --userns: a container's users are others on the host",
    .enabled(if: MappedUsers.reasonAgainst == nil, "\(MappedUsers.reasonAgainst ?? "")"))
struct UserNamespaceTests {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
    }

    /// aufs does not look at how its layers are mounted.
    private static let drivers = Driver.tried.map(\.name).filter { $0 != "aufs" }

    /// The host's number of a container's root, as its process 1 says.
    private func root(of container: String) throws -> UInt32 {
        let map = try sandbox.tool("exec", container, "cat", "/proc/self/uid_map")
        let words = map.text.split(separator: " ").map(String.init)
        try #require(words.count == 3 && words[0] == "0", map.everything)
        return try #require(UInt32(words[1]))
    }

    @Test("auto: root inside is nobody outside, on the disk all is as without", arguments: drivers)
    func auto(driver: String) throws {
        try sandbox.ok(
            "run", "-d", "--storage", driver, "--userns", "auto", "--name", "box", "busybox", "sh", "-c",
            "echo a > /made && chown 7:8 /made && rm /bin/ls && echo ready && exec sleep 1000")
        defer { _ = try? sandbox.tool("rm", "-f", "box") }
        #expect(try sandbox.tool("exec", "box", "sh", "-c", "until [ -e /made ]; do :; done").status == 0)
        let outside = try root(of: "box")
        #expect(outside >= 1 << 20 && outside % 65536 == 0)
        let seen = try sandbox.tool(
            "exec", "box", "sh", "-c", "id -u; stat -c %u:%g /made /etc/passwd; echo out > /dev/stdout")
        #expect(seen.lines == ["0", "7:8", "0:0", "out"], seen.everything)
        // What a process of it is to the host.
        let pid = try #require(sandbox.tool("inspect", "-f", "{{.State.Pid}}", "box").lines.first)
        #expect(try Program(["stat", "-c", "%u", "/proc/\(pid)"]).finish().lines == ["\(outside)"])

        let layer = try sandbox.writeLayer()
        var status = stat()
        #expect(lstat("\(layer)/made", &status) == 0 && status.st_uid == 7 && status.st_gid == 8)
        let changes = try sandbox.tool("diff", "box").lines
        #expect(changes.contains("A /made") && changes.contains("D /bin/ls"), "\(changes)")
        #expect(!changes.contains { $0.hasSuffix(" /bin/busybox") || $0.hasSuffix(" /usr") }, "\(changes)")
        let archive = try Program(
            [
                "sh", "-c", "$0 export box | tar tv --numeric-owner | grep -E ' (\\./)?(made|etc/passwd)$'",
                Tool.binary,
            ],
            .init(environment: ["MYDOCKER_ROOT": sandbox.root])
        ).finish()
        #expect(
            archive.lines.count == 2
                && archive.lines.allSatisfy { $0.contains(" 7/8 ") || $0.contains(" 0/0 ") },
            archive.everything)
        #expect(try sandbox.tool("commit", "box", "made").status == 0)
        let again = try sandbox.tool("run", "--storage", driver, "made", "stat", "-c", "%u:%g", "/made")
        #expect(again.lines == ["7:8"], again.everything)
    }

    @Test("It starts again, and exec is in it, with the same users")
    func startAgain() throws {
        try sandbox.ok(
            "run", "-d", "--userns", "auto", "--name", "box", "busybox", "sleep", "1000")
        defer { _ = try? sandbox.tool("rm", "-f", "box") }
        let first = try root(of: "box")
        #expect(try sandbox.tool("exec", "-u", "5:6", "box", "sh", "-c", "echo > /tmp/mine").status == 0)
        #expect(try sandbox.tool("stop", "-t", "0", "box").status == 0)
        #expect(try sandbox.tool("start", "box").status == 0)
        #expect(try root(of: "box") == first)
        let file = try sandbox.tool("exec", "box", "stat", "-c", "%u:%g", "/tmp/mine")
        #expect(file.lines == ["5:6"], file.everything)
    }

    @Test("Two containers have no users in common; what one had, another gets")
    func reserved() throws {
        for name in ["a", "b"] {
            #expect(
                try sandbox.tool("create", "--userns", "auto", "--name", name, "busybox", "true").status == 0)
        }
        let links = Machine.list("\(sandbox.root)/users")
        #expect(links.count == 2)
        #expect(try sandbox.tool("rm", "a").status == 0)
        #expect(try sandbox.tool("create", "--userns", "auto", "--name", "c", "busybox", "true").status == 0)
        #expect(Machine.list("\(sandbox.root)/users") == links)
        #expect(try sandbox.tool("rm", "b", "c").status == 0)
    }

    @Test("As the user says: --userns, --uidmap, --gidmap")
    func map() throws {
        let maps = "cat /proc/self/uid_map /proc/self/gid_map | tr -s ' '"
        let same = try sandbox.run("--userns", "0:300000:10", "busybox", "sh", "-c", maps)
        #expect(same.lines == [" 0 300000 10", " 0 300000 10"], same.everything)
        let other = try sandbox.run(
            "--uidmap", "0:300000:10", "--gidmap", "0:400000:5", "--gidmap", "5:500000:7", "busybox", "sh",
            "-c",
            maps)
        #expect(other.lines == [" 0 300000 10", " 0 400000 5", " 5 500000 7"], other.everything)
    }

    @Test(
        "What makes no sense is refused",
        arguments: [
            ["--userns", "some"], ["--userns", "0:1"], ["--userns", "0:1:0"], ["--userns", "1:1:5"],
            ["--userns", "0:1:4294967295"], ["--userns", "0:1:5,3:100:5"], ["--userns", "0:1:5,10:3:5"],
            ["--userns", "auto", "--uidmap", "0:1:5"], ["--userns", "auto", "--pid", "container:x"],
        ])
    func refused(options: [String]) throws {
        let outcome = try sandbox.start(["run"] + options + ["busybox", "true"]).finish()
        #expect(outcome.status == 125 && outcome.errors.contains("invalid"), outcome.everything)
        sandbox.expectClean()
    }

    @Test("Devices, terminal, limits and mounts are there as always", arguments: [[], ["--init"]])
    func surroundings(options: [String]) throws {
        let outcome = try sandbox.start(
            ["run", "--userns", "auto", "--ulimit", "nofile=100:200", "--oom-score-adj", "7"] + options + [
                "busybox", "sh", "-c",
                """
                echo x > /dev/null; head -c 3 /dev/zero | wc -c; head -c 4 /dev/urandom | wc -c
                ulimit -n; ulimit -Hn; cat /proc/self/oom_score_adj; ls /sys/class/net
                ls -d /dev/pts/ptmx /dev/shm; echo x > /dev/shm/x; touch /sys/x 2>/dev/null || echo closed
                """,
            ]
        ).finish()
        #expect(
            outcome.lines == ["3", "4", "100", "200", "7", "lo", "/dev/pts/ptmx", "/dev/shm", "closed"],
            outcome.everything)
        let terminal = try Terminal()
        let typed = try sandbox.start(
            ["run", "--userns", "auto", "-ti"] + options + ["busybox", "sh", "-c", "tty; exec 3<>/dev/tty"],
            .init(terminal: terminal.path)
        ).finish()
        #expect(typed.status == 0)
    }

    @Test("--privileged has all capabilities, inside alone")
    func privileged() throws {
        let outcome = try sandbox.run(
            "--userns", "auto", "--privileged", "busybox", "sh", "-c",
            "mkdir /m && mount -t tmpfs x /m && echo mounted; mknod /dev/x b 7 0 2>/dev/null || echo kept")
        #expect(outcome.lines.first == "mounted" && outcome.lines.last == "kept", outcome.everything)
    }

    @Test("The host's process numbers and names, with --pid and --uts")
    func hostNamespaces() throws {
        let outcome = try sandbox.run(
            "--userns", "auto", "--pid", "host", "--uts", "host", "busybox", "sh", "-c",
            "[ -d /proc/\(getpid()) ] && echo seen; kill -0 \(getpid()) 2>/dev/null || echo kept")
        #expect(outcome.lines == ["seen", "kept"], outcome.everything)
    }

    @Test("cp into a running one and out of it: the users are the container's")
    func copy() throws {
        try sandbox.ok(
            "run", "-d", "--userns", "auto", "--name", "box", "busybox", "sleep", "1000")
        defer { _ = try? sandbox.tool("rm", "-f", "box") }
        let file = "\(sandbox.directory)/file"
        Machine.write(file, "x")
        chown(file, 3, 4)
        #expect(try sandbox.tool("cp", file, "box:/plain").status == 0)
        #expect(try sandbox.tool("cp", "-a", file, "box:/same").status == 0)
        let inside = try sandbox.tool("exec", "box", "stat", "-c", "%u:%g", "/plain", "/same")
        #expect(inside.lines == ["0:0", "3:4"], inside.everything)
        #expect(try sandbox.tool("cp", "-a", "box:/same", "\(sandbox.directory)/back").status == 0)
        var status = stat()
        #expect(stat("\(sandbox.directory)/back", &status) == 0 && status.st_uid == 3 && status.st_gid == 4)
        chown(file, 100_000, 0)
        let nobody = try sandbox.tool("cp", "-a", file, "box:/other")
        #expect(nobody.status != 0 && nobody.errors.contains("no such user"), nobody.everything)
    }

    @Test(
        "A hostile image: set-user-ID programs and device nodes open nothing of the host", arguments: drivers)
    func hostileImage(driver: String) throws {
        // As an archive brings them, with numbers that are the host's root and somebody beyond the container.
        let made = try sandbox.run(
            "--keep", "--name", "evil", "--cap-add", "MKNOD", "--storage", driver, "busybox", "sh", "-c",
            """
            cp /bin/busybox /bin/su; chmod 4755 /bin/su; mknod /memory c 1 1; mknod /null c 1 3; chmod 666 /memory /null
            cp /bin/busybox /bin/busybox-far; chown 4000000:4000000 /bin/busybox-far; chmod 6755 /bin/busybox-far
            """)
        try #require(made.status == 0, made.everything)
        #expect(try sandbox.tool("commit", "evil", "evil").status == 0)
        #expect(try sandbox.tool("rm", "evil").status == 0)
        let outcome = try sandbox.run(
            "--userns", "auto", "--privileged", "--storage", driver, "evil", "sh", "-c",
            """
            for i in memory null; do cat < /$i >/dev/null 2>&1 && echo opened $i; done
            mount -o remount,bind,dev / 2>/dev/null && echo changed
            mkdir /m; mount --bind / /m && { mount -o remount,bind,dev /m 2>/dev/null && echo changed; }
            cat < /m/null >/dev/null 2>&1 && echo opened
            mknod /mine c 1 3 2>/dev/null && echo made
            /bin/busybox-far id -u; cat /proc/self/uid_map | tr -s ' ' | cut -d' ' -f3
            """)
        let lines = outcome.lines
        #expect(lines.count == 2 && lines.first == "0" && lines.last != "0", outcome.everything)
    }

    @Test("The store on btrfs")
    func btrfs() throws {
        let script = """
            command -v mkfs.btrfs >/dev/null || { echo there is no mkfs.btrfs; exit 77; }
            truncate -s 300M $DIR/image; mkfs.btrfs -q $DIR/image >/dev/null 2>&1; mkdir $DIR/disk
            mount -o loop $DIR/image $DIR/disk || { echo this kernel cannot mount it; exit 77; }
            save() { MYDOCKER_ROOT=$DIR/store $1 save busybox; }
            export MYDOCKER_ROOT=$DIR/disk/store
            save $1 | $1 load > $DIR/out
            $1 run --storage btrfs --userns 0:300000:65536 --keep --name box busybox \
                sh -c 'id -u; touch /made; chown 7 /made; rm /bin/ls'
            stat -c %u $MYDOCKER_ROOT/storage/btrfs/snapshots/*/fs/made
            $1 diff box | grep -cE '^(A /made|D /bin/ls)$'
            """
        let outcome = try Program(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh", Tool.binary],
            .init(environment: ["DIR": sandbox.directory])
        ).finish()
        if outcome.status == 77 { try Test.cancel("\(outcome.lines.last ?? "")") }
        #expect(outcome.lines == ["0", "7", "2"], outcome.everything)
    }

    @Test("Where the layers' file system cannot, that is said in one line", .needs("fuse-overlayfs"))
    func cannot() throws {
        // A FUSE file system that knows nothing of it.
        let script = """
            mkdir $DIR/low $DIR/up $DIR/work $DIR/fuse
            fuse-overlayfs -o lowerdir=$DIR/low,upperdir=$DIR/up,workdir=$DIR/work $DIR/fuse || exit 77
            $1 save busybox | $1 --root $DIR/fuse/store load > $DIR/out
            $1 --root $DIR/fuse/store run --storage bind --userns auto busybox true; echo status $?
            umount $DIR/fuse
            """
        let outcome = try Program(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh", Tool.binary],
            .init(environment: ["DIR": sandbox.directory, "MYDOCKER_ROOT": sandbox.root])
        ).finish()
        if outcome.status == 77 { try Test.cancel("fuse-overlayfs cannot mount here") }
        #expect(outcome.lines == ["status 125"], outcome.everything)
        #expect(outcome.errors.contains("cannot be others than the host's"), outcome.everything)
    }

    @Test("A volume is as it is on the disk, and the container's root is its owner", arguments: drivers)
    func volume(driver: String) throws {
        let seen = try sandbox.run(
            "--storage", driver, "--userns", "auto", "-v", "data:/d", "-v", "/own", "busybox", "sh", "-c",
            "echo x > /d/x && touch /own/y && chown 7:8 /d/x && stat -c %u:%g /d /d/x /own")
        #expect(seen.lines == ["0:0", "7:8", "0:0"], seen.everything)
        var status = stat()
        #expect(lstat("\(sandbox.root)/volumes/data/_data/x", &status) == 0)
        #expect(status.st_uid == 7 && status.st_gid == 8)
        let again = try sandbox.run("--storage", driver, "-v", "data:/d", "busybox", "cat", "/d/x")
        #expect(again.text == "x\n", again.everything)
        sandbox.expectClean()
    }
}

/// Whether a container can have users of its own here.
private enum MappedUsers {
    /// What mydocker says of the tests' file system: this kernel cannot map the IDs of files on it.
    static let reasonAgainst: String? = {
        guard let sandbox = try? Sandbox(),
            let outcome = try? sandbox.run("--userns", "auto", "busybox", "true"), outcome.status != 0
        else { return nil }
        return outcome.errors.split(separator: "\n").first { $0.contains("cannot be others") }.map(
            String.init)
    }()
}
