import Glibc
import Testing

@Suite("Options of run that docker has")
struct ContainerOptionTests {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
    }

    private func lines(_ words: String...) throws -> [String] {
        let outcome = try sandbox.start(["run"] + words).finish()
        try #require(outcome.status == 0, outcome.everything)
        return outcome.lines
    }

    @Test("/etc/hosts, /etc/hostname and /etc/resolv.conf agree with the options, and are no change")
    func networkFiles() throws {
        let text = try lines(
            "--keep", "--name", "k", "-h", "box", "--domainname", "example.org", "--add-host", "db:10.0.0.7",
            "--add-host", "six:[fe80::1]", "busybox", "sh", "-c",
            "cat /etc/hosts /etc/hostname; cat /etc/resolv.conf > /dev/null; echo more >> /etc/hosts; cat /proc/sys/kernel/domainname"
        )
        #expect(text.contains("127.0.1.1\tbox.example.org box") && text.contains("10.0.0.7\tdb"))
        #expect(text.contains("fe80::1\tsix") && text.contains("box") && text.last == "example.org")
        #expect(try sandbox.tool("diff", "k").text == "")
        #expect(try sandbox.tool("commit", "k", "k2").status == 0)
        let image = try lines("--read-only", "k2", "cat", "/etc/hosts")
        #expect(!image.contains("more") && image.contains { $0.hasPrefix("127.0.0.1\tlocalhost") })
        #expect(try sandbox.tool("rm", "k").status == 0)
        for bad in ["db", "db:nowhere", ":1.2.3.4", "a b:1.2.3.4"] {
            let outcome = try sandbox.run("--add-host", bad, "true")
            #expect(outcome.status == 125 && outcome.errors.contains("--add-host"), outcome.everything)
        }
        sandbox.expectClean()
    }

    @Test("Names that are links stay in the root")
    func links() throws {
        let image = "\(sandbox.directory)/rootfs"
        let made = try Program([
            "sh", "-c",
            """
            mkdir -p $0/bin $0/etc $0/run; cp "$(command -v busybox)" $0/bin/; ln -s busybox $0/bin/cat
            ln -s ../run/hosts $0/etc/hosts; ln -s /run/nothing/there $0/etc/resolv.conf
            """, image,
        ]).finish()
        #expect(made.status == 0, made.everything)
        let outcome = try sandbox.run("--rootfs", image, "-h", "box", "cat", "/etc/hostname")
        #expect(outcome.lines == ["box"], outcome.everything)
        let hostile = try Program(["sh", "-c", "ln -sf /proc/sys/kernel/core_pattern $0/etc/hosts", image])
            .finish()
        #expect(hostile.status == 0)
        let before = Machine.text("/proc/sys/kernel/core_pattern")
        let refused = try sandbox.run("--rootfs", image, "cat", "/etc/hostname")
        #expect(refused.status == 125 && refused.errors.contains("/etc/hosts"), refused.everything)
        #expect(Machine.text("/proc/sys/kernel/core_pattern") == before)
        sandbox.expectClean()
    }

    @Test("--ulimit, --oom-score-adj, --shm-size, --sysctl, --group-add")
    func limits() throws {
        #expect(
            try lines(
                "--ulimit", "nofile=64:128", "--ulimit", "core=0", "sh", "-c",
                "ulimit -Sn; ulimit -Hn; ulimit -c")
                == ["64", "128", "0"])
        #expect(try lines("--oom-score-adj", "500", "cat", "/proc/self/oom_score_adj") == ["500"])
        #expect(
            try lines("--shm-size", "8m", "sh", "-c", "df -k /dev/shm | tail -1 | awk '{print $2}'") == [
                "8192"
            ])
        #expect(
            try lines(
                "--sysctl", "kernel.msgmax=4321", "--sysctl", "net.ipv4.ip_forward=1", "sh", "-c",
                "cat /proc/sys/kernel/msgmax /proc/sys/net/ipv4/ip_forward") == ["4321", "1"])
        #expect(
            try lines("--group-add", "5", "--group-add", "root", "-u", "7:7", "id", "-G").map {
                Set($0.split(separator: " "))
            } == [["7", "5", "0"]])
        for (option, value) in [
            ("--ulimit", "files=1"), ("--ulimit", "nofile=9:3"), ("--oom-score-adj", "5000"),
            ("--shm-size", "much"), ("--sysctl", "kernel.core_pattern=x"),
            ("--sysctl", "net.../../kernel.x=1"),
            ("--group-add", "nosuchgroup"), ("--env-file", "/no/such/file"),
        ] {
            let outcome = try sandbox.run(option, value, "true")
            #expect(outcome.status == 125 && outcome.errors.hasPrefix("mydocker: "), outcome.everything)
        }
        sandbox.expectClean()
    }

    @Test("--pid, --ipc and --uts: the host's, and another container's")
    func namespaces() throws {
        func own(_ name: String) -> String { Machine.link("/proc/self/ns/\(name)") ?? "" }
        #expect(try lines("--uts", "host", "readlink", "/proc/self/ns/uts") == [own("uts")])
        #expect(try lines("--ipc", "host", "readlink", "/proc/self/ns/ipc") == [own("ipc")])
        #expect(try lines("--pid", "host", "sh", "-c", "readlink /proc/self/ns/pid") == [own("pid")])
        _ = try lines("-d", "--name", "first", "busybox", "sh", "-c", "exec sleep 1000")
        let beside = try lines(
            "--pid", "container:first", "--ipc", "container:first", "--uts", "container:first", "busybox",
            "sh",
            "-c", "ps | grep -c 'slee[p] 1000'; hostname")
        let id = try sandbox.tool("ps", "-q").lines
        #expect(beside == ["1"] + id)
        #expect(try sandbox.run("--pid", "container:nobody", "true").errors.contains("nobody"))
        #expect(try sandbox.run("--ipc", "shared", "true").errors.contains("--ipc"))
        #expect(try sandbox.tool("rm", "-f", "first").status == 0)
        sandbox.expectClean()
    }

    @Test("--cidfile, --pidfile, --env-file, --label")
    func files() throws {
        let (id, pid) = ("\(sandbox.directory)/id", "\(sandbox.directory)/pid")
        Machine.write("\(sandbox.directory)/env", "# a comment\nA=1\n\nB=two words\n")
        let text = try lines(
            "-d", "--cidfile", id, "--pidfile", pid, "--env-file", "\(sandbox.directory)/env", "-l", "x=y",
            "--label", "flag", "busybox", "sleep", "1000")
        #expect(Machine.text(id) == text.first)
        let process = try #require(Machine.text(pid))
        #expect(Machine.text("/proc/\(process)/environ")?.contains("B=two words") == true)
        let record = Machine.text("\(sandbox.root)/containers/\(text[0])/container.json") ?? ""
        #expect(record.contains("\"labels\":{\"flag\":\"\",\"x\":\"y\"}"), "\(record)")
        let again = try sandbox.run("--cidfile", id, "true")
        #expect(again.status == 125 && again.errors.contains("--cidfile"), again.everything)
        #expect(try sandbox.tool("rm", "-f", text[0]).status == 0)
        sandbox.expectClean()
    }

    @Test("Health: starting, healthy, unhealthy")
    func health() throws {
        _ = try lines(
            "-d", "--name", "h", "--health-cmd", "test -e /ok", "--health-interval", "20ms",
            "--health-retries", "2",
            "busybox", "sleep", "1000")
        func wait(for status: String) throws {
            let id = try #require(Machine.list("\(sandbox.root)/containers").first)
            let path = "\(sandbox.root)/containers/\(id)/health.json"
            for _ in 0..<2000 where Machine.text(path)?.contains("\"status\":\"\(status)\"") != true {
                usleep(5000)
            }
            #expect(
                Machine.text(path)?.contains("\"status\":\"\(status)\"") == true,
                "\(Machine.text(path) ?? "")")
            #expect(try sandbox.tool("ps").text.contains("(\(status))"))
        }
        try wait(for: "unhealthy")
        #expect(try sandbox.tool("exec", "h", "touch", "/ok").status == 0)
        try wait(for: "healthy")
        #expect(try sandbox.tool("rm", "-f", "h").status == 0)
        #expect(try sandbox.run("--health-interval", "soon", "true").errors.contains("--health-interval"))
        sandbox.expectClean()
    }
}
