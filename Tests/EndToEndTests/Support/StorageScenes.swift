import Glibc
import Testing

/// What every storage driver has to show.
struct StorageScenes {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox(on: .disk)
    }

    func imageStaysAsItIs(driver: Driver) throws {
        let first = try sandbox.run("--storage", driver.name, "true")
        try #require(first.status == 0, first.everything)
        let parts = ["\(sandbox.root)/images", "\(sandbox.root)/storage"]
        let before = parts.flatMap(describeTree)
        try #require(before.count > 250)

        let outcome = try sandbox.run(
            "--storage", driver.name, "sh", "-c",
            "echo x > /etc/new; rm /bin/vi; ls /etc/new; ls /bin/vi; chmod 700 /etc; echo >> /etc/passwd; hostname"
        )
        let id = try #require(outcome.lines.last)
        #expect(outcome.lines == ["/etc/new", id], outcome.everything)

        let after = parts.flatMap(describeTree)
        #expect(after == before)
        #expect(Machine.cgroups(of: [id]) == [])
        sandbox.expectClean()
    }

    func touchedFile(driver: Driver) throws {
        let container = try sandbox.begin(
            "-i", "--storage", driver.name, "sh", "-c", "touch /tmp/test.txt; hostname; read line; ls /tmp")
        let id = try container.line()
        let layer = try sandbox.writeLayer()
        #expect(layer.contains(id))
        #expect(Machine.exists("\(layer)/tmp/test.txt"))
        for imageLayer in sandbox.layers(of: driver) {
            #expect(
                Machine.exists("\(imageLayer)/bin/busybox") && !Machine.exists("\(imageLayer)/tmp/test.txt"))
        }
        #expect(Machine.mounts(below: sandbox.directory) == [], "the host sees a mount")

        container.send("go\n")
        let outcome = container.finish()
        #expect(outcome.status == 0 && outcome.lines.last == "test.txt", outcome.everything)
        #expect(!Machine.exists(layer))
        #expect(Machine.cgroups(of: [id]) == [])
        sandbox.expectClean()
    }

    func opaqueDirectory(driver: Driver) throws {
        let outcome = try sandbox.run(
            "--storage", driver.name, "sh", "-c",
            "rm -r /usr && mkdir /usr && ls -A /usr | wc -l; echo a > /usr/bin; ls -A /usr; cat /usr/bin")
        #expect(outcome.lines == ["0", "bin", "a"], outcome.everything)
        let again = try sandbox.run("--storage", driver.name, "ls", "-A", "/usr")
        #expect(again.lines == ["bin"], again.everything)
        sandbox.expectClean()
    }

    func otherChanges(driver: Driver) throws {
        let script = """
            set -e
            rm /etc/group; mkdir /etc/group; touch /etc/group/x
            mv /etc/passwd /etc/users; ln /etc/users /etc/hard; ln -s users /etc/soft
            rmdir /home; ln -s /root /home
            chmod 4755 /etc/hard; stat -c '%a %h' /etc/users; cat /etc/soft; ls /etc | grep -vE '^(host|resolv)'; ls /etc/group; readlink /home
            mkfifo /tmp/fifo; stat -c %F /tmp/fifo
            """
        let outcome = try sandbox.run("--storage", driver.name, "sh", "-c", script)
        let expected = [
            "4755 2", "root:x:0:0:root:/root:/bin/sh", "group", "hard", "soft", "users", "x", "/root", "fifo",
        ]
        #expect(outcome.status == 0 && outcome.lines == expected, outcome.everything)
        sandbox.expectClean()
    }

    func readOnly(driver: Driver) throws {
        let outcome = try sandbox.run(
            "--storage", driver.name, "--read-only", "sh", "-c",
            "touch /new; rm /bin/vi; mkdir /etc/d; chmod 700 /etc; echo x >> /etc/passwd; mount -o remount,rw /; ls /bin/vi"
        )
        #expect(outcome.lines == ["/bin/vi"], outcome.everything)
        let refused = outcome.errors.split(separator: "\n").filter { $0.contains("Read-only file system") }
        #expect(refused.count >= 5, outcome.everything)
        sandbox.expectClean()
    }

    func rootDirectory(driver: Driver) throws {
        let tree = try unpack("tree")
        let before = describeTree(tree)
        let outcome = try sandbox.run(
            "--storage", driver.name, "--rootfs", tree, "sh", "-c", "echo x > /new; rm /etc/passwd; ls / /etc"
        )
        #expect(outcome.status == 0 && outcome.lines.contains("new"), outcome.everything)
        #expect(!outcome.lines.contains("passwd"))
        #expect(describeTree(tree) == before)
        sandbox.expectClean()
    }

    func oddName(_ name: String, driver: Driver) throws {
        let odd = try Sandbox(name: name, on: .disk)
        let outcome = try odd.run(
            "--root", odd.root, "--storage", driver.name, "sh", "-c",
            "echo x > /new; rm /bin/vi; ls /new /bin/vi")
        #expect(outcome.lines == ["/new"], outcome.everything)
        odd.expectClean()

        let tree = try unpack(name)
        let onTree = try odd.run(
            "--storage", driver.name, "--rootfs=\(tree)", "sh", "-c", "echo x > /new; cat /new")
        #expect(onTree.text == "x\n", onTree.everything)
        #expect(!Machine.exists("\(tree)/new"))
        odd.expectClean()
    }

    func keep(driver: Driver) throws {
        let outcome = try sandbox.run(
            "--storage", driver.name, "--keep", "--name", "kept", "sh", "-c", "echo x > /etc/new; hostname")
        let id = try #require(outcome.lines.last)
        #expect(outcome.status == 0, outcome.everything)
        #expect(Machine.text("\(sandbox.root)/storage/\(driver.name)/snapshots/\(id)/fs/etc/new") == "x")
        #expect(Machine.list("\(sandbox.root)/names") == ["kept"])
        #expect(Machine.list("\(sandbox.root)/containers") == [])
        #expect(Machine.mounts(below: sandbox.directory) == [] && Machine.cgroups(of: [id]) == [])
        let taken = try sandbox.run("--name", "kept", "true")
        #expect(taken.status == 125 && taken.errors.contains("\"kept\""), taken.everything)
        let removed = try sandbox.tool("rm", "kept")
        #expect(removed.status == 0, removed.everything)
        #expect(Machine.list("\(sandbox.root)/kept") == [] && Machine.list("\(sandbox.root)/names") == [])
        #expect(try sandbox.tool("rm", "kept").status == 125)
    }

    private func unpack(_ name: String) throws -> String {
        let tree = "\(sandbox.directory)/\(name)"
        try #require(mkdir(tree, 0o755) == 0)
        let made = try Program(["env", "-C", tree, "tar", "-xf", Tool.archive.get()]).finish()
        try #require(made.status == 0, made.everything)
        return tree
    }
}
