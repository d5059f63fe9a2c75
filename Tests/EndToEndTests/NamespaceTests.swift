import Glibc
import Testing

@Suite("run: namespaces and what is seen of the host")
struct NamespaceTests {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
    }

    @Test("The command is process 1 and sees no other")
    func processes() throws {
        let outcome = try sandbox.run("sh", "-c", "echo $$; ls /proc | grep -c '^[0-9]'")
        #expect(outcome.lines.first == "1", outcome.everything)
        #expect(Int(outcome.lines.last ?? "").map { $0 <= 3 } == true, outcome.everything)
    }

    @Test("Only lo, and it is up")
    func network() throws {
        let outcome = try sandbox.run("sh", "-c", "ls /sys/class/net; ip -o link | wc -l; ip -o addr show up")
        #expect(outcome.lines.prefix(2) == ["lo", "1"], outcome.everything)
        #expect(outcome.text.contains("127.0.0.1/8"), outcome.everything)
    }

    @Test(
        "Each namespace is another than the caller's",
        arguments: ["uts", "pid", "mnt", "net", "ipc", "cgroup"])
    func namespace(kind: String) throws {
        let outcome = try sandbox.run("readlink", "/proc/self/ns/\(kind)")
        let own = try #require(Machine.link("/proc/self/ns/\(kind)"))
        #expect(
            outcome.status == 0 && outcome.lines.first?.hasPrefix("\(kind):[") == true, outcome.everything)
        #expect(outcome.lines != [own])
    }

    @Test("The host name inside is the container's alone")
    func hostName() throws {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        _ = try sandbox.run("--hostname", "inner", "hostname")
        var after = [CChar](repeating: 0, count: 256)
        gethostname(&after, after.count - 1)
        #expect(name == after)
    }

    @Test("Only its own mounts, and nothing of the host's paths", arguments: Driver.tried.map(\.name))
    func mounts(driver: String) throws {
        let outcome = try sandbox.run("--storage", driver, "cat", "/proc/self/mounts")
        let targets = Set(outcome.lines.map { $0.split(separator: " ")[1] })
        let expected: Set<Substring> = ["/", "/proc", "/sys", "/dev", "/dev/pts", "/dev/shm"]
        #expect(targets.isSuperset(of: expected), outcome.everything)
        let rest = targets.subtracting(expected)
        #expect(
            rest.allSatisfy { target in
                ["/proc/", "/sys/", "/dev/mqueue", "/etc/"].contains { target.hasPrefix($0) }
            }
        )
    }

    @Test("The cgroup namespace shows / as the container's cgroup")
    func cgroupRoot() throws {
        let outcome = try sandbox.run("cat", "/proc/self/cgroup")
        #expect(!outcome.text.contains("mydocker"), outcome.everything)
    }

    @Test("System V objects of the host are not there")
    func ipc() throws {
        let id = shmget(key_t(0x6d79_646f), 4096, 0o600 | 0o1000)
        defer { shmctl(id, 0, nil) }
        let outcome = try sandbox.run("cat", "/proc/sysvipc/shm")
        #expect(outcome.lines.count == 1, outcome.everything)
    }

    @Test("The standard nodes and links of /dev work")
    func devices() throws {
        let outcome = try sandbox.run(
            "sh", "-c",
            """
            echo x > /dev/null; head -c 3 /dev/zero | wc -c; head -c 5 /dev/urandom | wc -c
            echo x > /dev/full || echo full; echo through > /dev/stdout; ls /dev
            """)
        #expect(outcome.lines.prefix(4) == ["3", "5", "full", "through"], outcome.everything)
        let expected: Set = [
            "core", "fd", "full", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin", "stdout", "tty",
            "urandom", "zero",
        ]
        #expect(Set(outcome.lines.dropFirst(4)).isSuperset(of: expected), outcome.everything)
    }

    @Test("The kernel's settings and the host's secrets are out of reach")
    func restrictions() throws {
        let outcome = try sandbox.run(
            "sh", "-c",
            """
            echo 1 > /proc/sys/vm/drop_caches; echo b > /proc/sysrq-trigger; mount -t tmpfs x /tmp
            mknod /tmp/disk b 8 0; cat /tmp/disk && echo read; head -c 1 /proc/kcore | wc -c; hostname other; chroot / true && echo rooted
            """)
        #expect(outcome.lines == ["0", "rooted"], outcome.everything)
    }
}
