import CLinux
import Glibc
import Testing

/// mydocker as an ordinary user, who is made up for the test: /etc/passwd, /etc/subuid and /etc/subgid are others in a
/// mount namespace of the test's own.
@Suite(
    "An ordinary user", .enabled(if: OrdinaryUser.reasonAgainst == nil, "\(OrdinaryUser.reasonAgainst ?? "")")
)
struct RootlessTests {
    private let sandbox: Sandbox

    init() throws {
        // Not in memory that only root can enter, nor under a name that is too long for a socket.
        sandbox = try Sandbox(withImage: false, on: .disk)
        chmod(sandbox.directory, 0o755)
        try #require(
            Program(["install", "-m", "755", Tool.binary, "\(sandbox.directory)/mydocker"]).finish().status
                == 0)
        try #require(
            Program(["sh", "-c", "cat < \(Tool.archive.get()) > \(sandbox.directory)/busybox.tar"]).finish()
                .status
                == 0)
    }

    /// Runs a script as the user, with mydocker as `m`; `root` is run before, as root.
    ///
    /// - Parameter ids: the user's subordinate IDs.
    private func asUser(_ script: String, ids: String = "300000:65536", root: String = "") throws -> Outcome {
        let prelude = """
            set -e
            cd $DIR; mkdir home run; chown 4242:4242 home run; chmod 700 home run
            { cat /etc/passwd; echo tester:x:4242:4242::$DIR/home:/bin/sh; } > passwd
            touch subordinate
            [ -z "$IDS" ] || echo "tester:$IDS" > subordinate
            # Who has none of these has none to cover.
            for i in uid gid; do [ -e /etc/sub$i ] || { echo there is no /etc/sub$i; exit 77; }; done
            mount --bind passwd /etc/passwd; mount --bind subordinate /etc/subuid; mount --bind subordinate /etc/subgid
            \(root)
            exec setpriv --reuid 4242 --regid 4242 --clear-groups env -i PATH="$PATH" DIR="$DIR" HOME=$DIR/home \\
                XDG_RUNTIME_DIR=$DIR/run sh -c "$SCRIPT" > out 2>&1
            """
        let outcome = try Program(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", prelude + "\n"],
            .init(environment: [
                "DIR": sandbox.directory, "IDS": ids,
                // What it writes goes through a file: root's pipe is nobody's in a container.
                "SCRIPT": "m() { $DIR/mydocker \"$@\"; }\nexport LC_ALL=C\n" + script,
            ])
        ).finish()
        if outcome.status == 77 { try Test.cancel("\(outcome.lines.last ?? "")") }
        var result = outcome
        result.output = Machine.bytes("\(sandbox.directory)/out") ?? []
        return result
    }

    private static let image = "m import $DIR/busybox.tar busybox > /dev/null 2>&1; cd"

    @Test("run: root in the container is the user", arguments: ["overlay", "bind"])
    func run(driver: String) throws {
        let outcome = try asUser(
            """
            \(Self.image)
            m run --storage \(driver) busybox sh -c '
                id -u; tr -s " " < /proc/self/uid_map; touch /new; chown 5:6 /new; stat -c %u:%g /new; rm /bin/vi
                echo x > /dev/null; ls /proc/1/exe; touch /sys/x 2>/dev/null || echo closed; ls /sys/class/net'
            stat -c %u $HOME/.local/share/mydocker
            """)
        #expect(
            outcome.lines.filter { !$0.hasPrefix("mydocker: storage driver") } == [
                "0", " 0 4242 1", " 1 300000 65536", "5:6", "/proc/1/exe", "closed", "lo", "4242",
            ], outcome.everything)
    }

    @Test("Only help does without a user namespace, and not every -h, -v or help is for it")
    func wordsLikeOptions() throws {
        let outcome = try asUser(
            """
            for command in run exec "volume create" image; do m $command --help | grep -c ^USAGE; done
            m help ps | grep -c ^USAGE; m --version | grep -c .; ls $DIR/run
            \(Self.image)
            m run -d --name box busybox sleep 1000 > /dev/null 2>&1
            for word in -h --help -v --version help; do m exec box echo $word; done
            m rm -v -f box
            m volume create help
            """)
        #expect(
            outcome.lines == [
                "1", "1", "1", "1", "1", "1", "-h", "--help", "-v", "--version", "help", "box", "help",
            ], outcome.everything)
    }

    @Test("run -d, ps, exec, logs, diff, commit, cp, stop, start, rm")
    func life() throws {
        let outcome = try asUser(
            """
            \(Self.image)
            m run -d --name box busybox sh -c 'echo started; touch /made; exec sleep 1000' 2>/dev/null > id
            m ps --format '{{.Names}} {{.Image}}'
            m exec box sh -c 'until [ -e /made ]; do :; done; id -u; stat -c %u /made'
            m exec -u 7:8 box sh -c 'id -u; id -g'
            m logs box
            m diff box
            m commit box made > /dev/null 2>&1
            m run made stat -c %u:%n /made 2>/dev/null
            echo hello > file; m cp file box:/file; m exec box cat /file; m cp box:/file back; cat back
            m stop -t 0 box; m start box; m exec box cat /file
            m rm -f box
            m ps -aq; ls .local/share/mydocker/containers .local/share/mydocker/kept
            """)
        #expect(
            outcome.lines == [
                "box busybox:latest", "0", "0", "7", "8", "started", "A /made", "0:/made", "hello", "hello",
                "box",
                "box", "hello", "box", ".local/share/mydocker/containers:",
                ".local/share/mydocker/kept:",
            ], outcome.everything)
    }

    @Test("Two at once are in one namespace; a new boot finds no process and makes another")
    func namespace() throws {
        let outcome = try asUser(
            """
            \(Self.image)
            for i in a b; do m run -d --name $i busybox sleep 1000 > /dev/null 2>&1; done
            [ "$(m exec a readlink /proc/self/ns/user)" = "$(m exec b readlink /proc/self/ns/user)" ] && echo same
            m rm -f a b
            touch $XDG_RUNTIME_DIR/mydocker/processes/1-1 $XDG_RUNTIME_DIR/mydocker/processes/nonsense
            m run busybox echo again 2>/dev/null; m run busybox true 2>/dev/null
            ls $XDG_RUNTIME_DIR/mydocker/processes | grep -cE '^1-1|nonsense' || :
            """)
        #expect(outcome.lines == ["same", "a", "b", "again", "0"], outcome.everything)
    }

    @Test("Without subordinate IDs there is root alone, and that is said")
    func alone() throws {
        let outcome = try asUser(
            """
            \(Self.image)
            m run busybox sh -c 'id -u; tr -s " " < /proc/self/uid_map' 2>&1
            m run -u 5 busybox true
            echo status $?
            """, ids: "")
        #expect(outcome.text.contains("no other user"), outcome.everything)
        #expect(outcome.lines.contains(" 0 4242 1"), outcome.everything)
        #expect(
            outcome.text.contains("nobody of that number") && outcome.lines.last == "status 125",
            outcome.everything)
    }

    @Test("What the kernel keeps from an ordinary user is refused with its reason")
    func refused() throws {
        let outcome = try asUser(
            """
            \(Self.image)
            m run --userns auto busybox true; echo status $?
            m storage ls | grep -E '^(btrfs|erofs)' | grep -c ' no '
            """)
        #expect(
            outcome.text.contains("only the host's root") && outcome.lines.contains("status 125"),
            outcome.everything)
        #expect(outcome.lines.last == "2", outcome.everything)
    }

    @Test("A terminal of the container's own", .needs("script"))
    func terminal() throws {
        let outcome = try asUser(
            """
            \(Self.image)
            script -qec "stty cols 91 rows 33; $DIR/mydocker run -ti busybox sh -c '
                tty; stty size; echo x > /dev/tty'" /dev/null < /dev/null 2>/dev/null | tr -d '\\r'
            """)
        // The terminal of script(1) echoes the end of its input wherever it comes.
        for line in ["/dev/pts/0", "33 91", "x"] {
            #expect(outcome.lines.contains { $0.hasSuffix(line) }, outcome.everything)
        }
    }

    /// Moves the script into a cgroup that is the user's.
    ///
    /// - Parameter leaf: true to leave the user's cgroup itself without processes.
    private static func delegation(leaf: Bool) -> String {
        """
        v2=$(findmnt -nt cgroup2 -o TARGET | head -1)
        own=$v2/delegated-$$; mkdir $own; echo +memory +pids > $v2/cgroup.subtree_control
        mkdir -p $own/leaf; chown 4242:4242 $own $own/cgroup.* $own/leaf $own/leaf/cgroup.*
        echo $own > own; \(leaf ? "echo $$ > $own/leaf/cgroup.procs" : "rmdir $own/leaf; echo $$ > $own/cgroup.procs")
        """
    }

    private func removeDelegation() {
        guard let own = Machine.text("\(sandbox.directory)/own")?.split(separator: "\n").first else { return }
        _ = try? Program(["sh", "-c", "rmdir \(own)/*/ \(own)"]).finish()
        #expect(!Machine.exists(String(own)))
    }

    @Test(
        "Limits in a cgroup that is the user's",
        .enabled(if: Machine.memoryIsUnified, "cgroup v2 has no memory controller"))
    func limits() throws {
        defer { removeDelegation() }
        let outcome = try asUser(
            """
            \(Self.image)
            id=$(m run -d --name box -m 32m --pids-limit 20 busybox sleep 1000 2>/dev/null)
            cd $(cat $DIR/own)/mydocker/$id; cat memory.max pids.max; cd
            m pause box; m ps --format '{{.Status}}' | grep -o Paused; m unpause box
            m update -m 64m box; m stats --no-stream --format '{{.MemUsage}}' box | grep -o 64MiB
            m rm -f box
            m run -m 16m busybox sh -c 'head -c 64m /dev/zero | tail' 2>/dev/null; echo status $?
            ls $(cat $DIR/own) | grep mydocker
            """, root: Self.delegation(leaf: true))
        #expect(
            outcome.lines == [
                "33554432", "20", "box", "Paused", "box", "box", "64MiB", "box", "status 137",
            ], outcome.everything)
    }

    @Test(
        "A cgroup of the user's in which there are processes limits no container, and that is said",
        .enabled(if: Machine.memoryIsUnified, "cgroup v2 has no memory controller"))
    func busyCgroup() throws {
        defer { removeDelegation() }
        let outcome = try asUser(
            """
            \(Self.image)
            m run -m 32m busybox true; echo status $?
            m run busybox echo unlimited 2>/dev/null
            """, root: Self.delegation(leaf: false))
        #expect(
            outcome.text.contains("in a child of that cgroup")
                && outcome.lines.suffix(2) == ["status 125", "unlimited"], outcome.everything)
    }

    @Test(
        "A driver that is a program: fuse-overlayfs",
        .enabled(if: ExampleDrivers.fuseIsThere, "/dev/fuse or fuse-overlayfs is missing"))
    func fuse() throws {
        let drivers = try ExampleDrivers()
        chmod(drivers.directory, 0o755)
        let outcome = try asUser(
            """
            \(Self.image)
            export MYDOCKER_DRIVER_PATH=\(drivers.directory)
            m run --storage fuse-overlayfs busybox sh -c '
                touch /new; rm /bin/vi; ls /new; chown 5:6 /new; stat -c %u:%g /new; grep -o " / fuse[^ ]*" /proc/mounts'
            echo status $?
            """,
            // As udev makes it.
            root: "mknod -m 666 fuse c 10 229; mount --bind fuse /dev/fuse")
        #expect(
            outcome.lines.suffix(4) == ["/new", "5:6", " / fuse.fuse-overlayfs", "status 0"],
            outcome.everything)
    }

    @Test("Words alone need no namespace")
    func help() throws {
        let outcome = try asUser("m --version; m --help | head -1; ls -A $XDG_RUNTIME_DIR")
        #expect(outcome.lines.count == 2, outcome.everything)
    }

    @Test("Somebody else's runtime directory is refused")
    func foreignPlace() throws {
        let outcome = try asUser("m ps; echo status $?", root: "mkdir -m 755 run/mydocker")
        #expect(
            outcome.text.contains("not the user's alone") && outcome.lines.last == "status 125",
            outcome.everything)
    }
}

/// Whether there can be one here.
private enum OrdinaryUser {
    /// Why there can be none here.
    static let reasonAgainst: String? = {
        for tool in ["newuidmap", "setpriv"] where access("/usr/bin/\(tool)", X_OK) != 0 {
            return "not installed: \(tool)"
        }
        let made = try? Program(["setpriv", "--reuid", "4242", "--clear-groups", "unshare", "--user", "true"])
            .finish()
        return made?.status == 0 ? nil : "this host makes no user namespaces for ordinary users"
    }()
}
