import Glibc
import Testing

@Suite("exec, and how far it is shut in")
struct ExecTests {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
    }

    private func begin(_ options: String...) throws {
        let outcome = try sandbox.start(
            ["run", "-d", "--name", "c"] + options + ["busybox", "sh", "-c", "sleep 1000"]
        ).finish()
        try #require(outcome.status == 0, outcome.everything)
    }

    private func exec(_ words: String...) throws -> Outcome { try sandbox.start(["exec"] + words).finish() }

    @Test("Environment, user and directory are the container's, unless said otherwise")
    func place() throws {
        try begin("-e", "A=1", "-e", "B=2", "-w", "/tmp", "-u", "7:8", "--group-add", "9", "-h", "box")
        let own = try exec("c", "sh", "-c", "echo $A $B $HOSTNAME; pwd; id -u; id -g; id -G; hostname")
        #expect(own.lines == ["1 2 box", "/tmp", "7", "8", "8 9", "box"], own.everything)
        let other = try exec(
            "-e", "B=3", "-e", "C=4", "-w", "/usr/new", "-u", "0", "c", "sh", "-c",
            "echo $A $B $C; pwd; id -u")
        #expect(other.lines == ["1 3 4", "/usr/new", "0"], other.everything)
        let caller = try sandbox.start(
            ["exec", "-e", "MINE", "c", "sh", "-c", "echo $MINE"], .init(environment: ["MINE": "here"])
        ).finish()
        #expect(caller.lines == ["here"], caller.everything)
    }

    @Test("Exit statuses, input and output, bytes that are no UTF-8")
    func streams() throws {
        try begin()
        #expect(try exec("c", "sh", "-c", "exit 42").status == 42)
        #expect(try exec("c", "sh", "-c", "kill -9 $$").status == 137)
        let missing = try exec("c", "nosuch")
        #expect(missing.status == 127 && missing.errors.contains("nosuch"), missing.everything)
        #expect(try exec("c", "/etc").status == 126)
        let cat = try sandbox.start(["exec", "-i", "c", "cat"], .init(input: .pipe))
        cat.send("hello\n")
        #expect(try cat.line() == "hello")
        #expect(cat.finish().status == 0)
        #expect(try exec("c", "cat").status == 0)
        let both = try exec("c", "sh", "-c", "echo out; echo err >&2")
        #expect(both.text == "out\n" && both.errors == "err\n")
        let bytes = try Program(
            bytes: [Array(Tool.binary.utf8)] + ["exec", "c", "echo", "-n"].map { Array($0.utf8) } + [
                [0xFF, 0xFE]
            ],
            .init(environment: ["MYDOCKER_ROOT": sandbox.root])
        ).finish()
        #expect(bytes.output == [0xFF, 0xFE], bytes.everything)
        for words in [["exec"], ["exec", "c"], ["exec", "-x", "c", "true"]] {
            let bad = try sandbox.start(words).finish()
            #expect(bad.status == 125 && bad.errors.hasPrefix("mydocker: "), bad.everything)
        }
        #expect(try exec("-w", "relative", "c", "true").errors.contains("--workdir"))
        #expect(try exec("-u", "nobody-here", "c", "true").errors.contains("nobody-here"))
    }

    @Test(
        "In a chroot of the host too, a container's files end at its root, for its command and for exec",
        .needs("cc"))
    func chrooted() throws {
        // What leads out of every chroot(2): a current directory outside of it, and up.
        let source = "\(sandbox.directory)/out.c"
        Machine.write(
            source,
            """
            #include <stdio.h>
            #include <sys/stat.h>
            #include <unistd.h>
            int main(void) {
                mkdir("/below", 0755);
                if (chroot("/below")) return perror("chroot"), 1;
                for (int i = 0; i < 64; i++) if (chdir("..")) return perror("chdir"), 1;
                if (chroot(".")) return perror("chroot"), 1;
                execl("/bin/busybox", "ls", "/", NULL);
                return perror("exec"), 1;
            }
            """)
        let script = """
            cd "$PLACE"; cc -static -o out out.c
            mkdir host; mount --rbind / host
            chroot host sh -ec '
                "$0" run -d --name box -v "$PLACE/out:/bin/out" busybox sleep 1000
                "$0" exec box ls /; echo; "$0" exec box out; echo
                "$0" rm -f box >/dev/null; "$0" run -v "$PLACE/out:/bin/out" busybox out' "$0"
            """
        let outcome = try Program(
            ["unshare", "--mount", "--propagation", "private", "bash", "-ec", script, Tool.binary],
            .init(environment: ["MYDOCKER_ROOT": sandbox.root, "PLACE": sandbox.directory])
        ).finish()
        #expect(outcome.status == 0, outcome.everything)
        let usual = ["bin", "dev", "etc", "home", "proc", "root", "sbin", "sys", "tmp", "usr", "var"]
        let seen = Set(outcome.lines.dropFirst()).subtracting([""])
        #expect(seen == Set(usual + ["below"]), outcome.everything)
        #expect(outcome.lines.count { $0 == "usr" } == 3, outcome.everything)
        rmdir("\(sandbox.directory)/host")
        sandbox.expectClean()
    }

    @Test("-t: a terminal of its own; -d: nobody waits")
    func terminal() throws {
        try begin()
        let terminal = try Terminal(rows: 33, columns: 77)
        let program = try sandbox.start(["exec", "-it", "c", "sh"], .init(terminal: terminal.path))
        terminal.type("tty; stty size\r")
        try terminal.waitFor("/dev/pts/")
        try terminal.waitFor("33 77")
        terminal.type("exit 3\r")
        #expect(program.finish().status == 3)
        let detached = try exec("-d", "c", "sh", "-c", "echo done > /result; sleep 1000")
        #expect(detached.status == 0 && detached.text == "" && detached.errors == "", detached.everything)
        let result = try exec("c", "sh", "-c", "until [ -s /result ]; do sleep 0.01; done; cat /result")
        #expect(result.lines == ["done"], result.everything)
        #expect(try exec("-d", "c", "nosuch").status == 127)
    }

    /// What /proc/self/status says of a process in the container.
    private func rights(_ lines: [String]) -> [String] {
        lines.filter { line in
            ["Cap", "NoNewPrivs", "Seccomp:", "Uid", "Gid"].contains { line.hasPrefix($0) }
        }
    }

    @Test(
        "exec, and a container that is started again, are shut in as run is",
        arguments: [
            [], ["--cap-drop", "ALL", "-u", "5"], ["--security-opt", "no-new-privileges"],
            ["--security-opt", "seccomp=unconfined", "--cap-add", "KILL"], ["--privileged"], ["--init"],
        ])
    func isolation(options: [String]) throws {
        let made = try sandbox.start(
            ["run", "-d", "--name", "c"] + options + [
                "busybox", "sh", "-c", "cat /proc/self/status; readlink /proc/self/ns/mnt; sleep 1000",
            ]
        ).finish()
        try #require(made.status == 0, made.everything)
        /// What so many starts have said.
        func log(of starts: Int) throws -> [String] {
            let follower = try sandbox.start(["logs", "-f", "c"])
            var lines: [String] = []
            while lines.filter({ $0.hasPrefix("mnt:") }).count < starts { lines.append(try follower.line()) }
            _ = follower.finish(killing: SIGTERM)
            return lines
        }
        let first = rights(try log(of: 1))
        let beside = try exec("c", "cat", "/proc/self/status")
        let stop = try sandbox.tool("restart", "-t", "0", "c")
        #expect(stop.status == 0, stop.everything)
        let both = rights(try log(of: 2))
        let again = try exec("c", "cat", "/proc/self/status")
        #expect(!first.isEmpty && both == first + first, "\(both)")
        #expect(rights(beside.lines) == first, beside.everything)
        #expect(rights(again.lines) == first, again.everything)
    }

    @Test("A profile of one's own holds for exec and a later start, when its file is gone too")
    func profile() throws {
        let path = "\(sandbox.directory)/profile.json"
        Machine.write(
            path,
            #"{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO"}]}"#
        )
        try begin("--security-opt", "seccomp=\(path)")
        #expect(unlink(path) == 0)
        #expect(try exec("c", "mkdir", "/x").status != 0)
        #expect(try exec("c", "touch", "/y").status == 0)
        #expect(try sandbox.tool("restart", "-t", "0", "c").status == 0)
        #expect(try exec("c", "mkdir", "/x").status != 0)
    }

    @Test("It is in the container's namespaces and cgroups, with keys and limits of its own")
    func inside() throws {
        try begin("--ulimit", "nofile=100:200", "--pids-limit", "50")
        let script =
            "for n in mnt uts ipc net pid cgroup; do readlink /proc/self/ns/$n; readlink /proc/1/ns/$n; done"
        let namespaces = try exec("c", "sh", "-c", script).lines
        for index in stride(from: 0, to: namespaces.count, by: 2) {
            #expect(namespaces[index] == namespaces[index + 1])
        }
        #expect(try exec("c", "sh", "-c", "ulimit -Sn; ulimit -Hn").lines == ["100", "200"])
        let cgroup = try exec("c", "cat", "/proc/self/cgroup")
        #expect(cgroup.status == 0 && !cgroup.text.contains("mydocker"), cgroup.everything)
        // Nothing of the host's is open.
        let open = try exec("c", "sh", "-c", "ls /proc/self/fd | wc -l; ls -l /proc/self/fd")
        #expect(Int(open.lines.first?.filter(\.isNumber) ?? "") ?? 9 <= 4, open.everything)
    }

    @Test("--privileged gives what the container has not; a paused container is told of")
    func privileged() throws {
        try begin()
        let usual = try exec("c", "sh", "-c", "mount -t tmpfs x /tmp && echo mounted")
        #expect(usual.status != 0, usual.everything)
        let more = try exec("--privileged", "c", "sh", "-c", "mount -t tmpfs x /tmp && echo mounted")
        #expect(more.lines == ["mounted"], more.everything)
    }

    @Test("A directory that leads out of the root is refused, over links of /proc too")
    func escape() throws {
        try begin()
        for directory in ["/proc/self/fd/3", "/proc/1/fd/0/..", "/proc/self/fd/7/../../.."] {
            let outcome = try exec("-w", directory, "c", "sh", "-c", "ls /; cat /etc/shadow")
            #expect(
                outcome.status == 125 || outcome.status == 126 || outcome.status == 127, outcome.everything)
        }
        let link = try exec(
            "c", "sh", "-c", "ln -s /proc/self/exe /run-me; cp /bin/busybox /bin/keep; echo made")
        #expect(link.lines == ["made"], link.everything)
        let own = try exec("c", "/run-me", "--version")
        #expect(own.status == 126 && own.errors.contains("cannot execute \"/run-me\""), own.everything)
        let script = try exec("c", "sh", "-c", "printf '#!/proc/self/exe\\n' > /s; chmod +x /s")
        #expect(script.status == 0)
        #expect(try exec("c", "/s").status == 126)
    }
}
