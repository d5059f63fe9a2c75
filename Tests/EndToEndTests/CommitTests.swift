import Glibc
import Testing

@Suite("commit, diff, export and cp, of running and of kept containers")
struct CommitTests {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
    }

    private static let drivers = Driver.tried.map(\.name)
    private static let script =
        "echo x > /etc/new; rm /bin/vi; mkdir /d; echo 1 > /d/a; ln /d/a /d/b; rm -r /home; ln -s /d /home"
    private static let changes = [
        "C /bin", "D /bin/vi", "A /d", "A /d/a", "A /d/b", "C /etc", "A /etc/new", "C /home",
    ]

    @Test("A kept container", arguments: drivers)
    func kept(driver: String) throws {
        let made = try sandbox.run("--storage", driver, "--keep", "--name", "box", "sh", "-c", Self.script)
        try #require(made.status == 0, made.everything)
        try checkAll(Machine.list("\(sandbox.root)/tmp"))
    }

    @Test("A running container", arguments: drivers)
    func running(driver: String) throws {
        let container = try sandbox.begin(
            "-i", "--storage", driver, "--name", "box", "sh", "-c",
            Self.script + "; echo ready; read line; ls /etc")
        #expect(try container.line() == "ready")
        try checkAll(Machine.list("\(sandbox.root)/tmp"))
        // It goes on, and sees what was copied into it.
        container.send("\n")
        let outcome = container.finish()
        #expect(outcome.status == 0 && outcome.lines.contains("copied"), outcome.everything)
        sandbox.expectClean()
    }

    @Test("A kept container gets another driver, and is the same", arguments: Driver.neighbours)
    func migrated(drivers: (old: String, new: String)) throws {
        let script =
            Self.script
            + "; touch -d 2001-02-03 /etc/passwd; mkfifo /p; chmod 1700 /d; rm -r /usr; mkdir /usr"
        let made = try sandbox.run("--storage", drivers.old, "--keep", "--name", "box", "sh", "-c", script)
        try #require(made.status == 0, made.everything)
        func view() throws -> [String] {
            let archive = "\(sandbox.directory)/box.tar"
            let export = try sandbox.tool("export", "-o", archive, "box")
            try #require(export.status == 0, export.everything)
            let sum = try Program(["sha256sum", archive]).finish()
            return try sandbox.tool("diff", "box").lines + [sum.text]
        }
        let before = try view()
        let done = try sandbox.tool("storage", "migrate", "box", "--to", drivers.new)
        #expect(done.text == "box: \(drivers.old) to \(drivers.new)\n", done.everything)
        #expect(try view() == before)
        #expect(try sandbox.tool("ps", "-a").text.contains(" \(drivers.new) "))
        let again = try sandbox.tool("storage", "migrate", "box", "--to", drivers.new)
        #expect(again.text == "box: \(drivers.new) already\n", again.everything)
        let wrong = try sandbox.tool("storage", "migrate", "box", "--to", "none")
        #expect(
            wrong.status == 125 && wrong.errors.contains("no storage driver called \"none\""),
            wrong.everything
        )
        let check = try sandbox.tool("storage", "verify")
        #expect(check.text == "nothing is damaged\n", check.everything)
        #expect(try sandbox.tool("rm", "box").status == 0)
        for driver in [drivers.old, drivers.new] {
            let left = Machine.list("\(sandbox.root)/storage/\(driver)/snapshots").filter { $0.count == 12 }
            #expect(left == [])
        }
        sandbox.expectClean()
    }

    private func checkAll(_ temporary: [String]) throws {
        let diff = try sandbox.tool("diff", "box")
        #expect(diff.lines == Self.changes, diff.everything)
        #expect(try sandbox.tool("diff", "--format", "json", "box").text.contains(#""path" : "/bin/vi""#))

        let words = ["commit", "-a", "me", "-m", "why", "--timestamp", "1", "-c", "CMD cat /d/b; echo $E"]
        let committed = try sandbox.start(words + ["-c", "ENV E='a b'", "box", "copy:1"]).finish()
        #expect(committed.status == 0 && committed.text.hasPrefix("sha256:"), committed.everything)
        let again = try sandbox.start(words + ["-c", "ENV E='a b'", "box", "copy:2"]).finish()
        #expect(again.text == committed.text)
        for other in Self.drivers {
            let run = try sandbox.run("--storage", other, "copy:1")
            #expect(run.text == "1\na b\n", run.everything)
            let look = try sandbox.run(
                "--storage", other, "--image", "copy:1", "sh", "-c",
                "ls /bin/vi; readlink /home; cat /etc/new; stat -c %h /d/a")
            #expect(look.text == "/d\nx\n2\n", look.everything)
        }

        let archives = ["one.tar", "two.tar"].map { "\(sandbox.directory)/\($0)" }
        for archive in archives {
            let exported = try sandbox.tool("export", "-o", archive, "box")
            #expect(exported.status == 0, exported.everything)
        }
        #expect(Machine.bytes(archives[0]) == Machine.bytes(archives[1]))
        let list = try Program(["tar", "-tvf", archives[0]]).finish()
        #expect(list.text.contains("d/b link to d/a") && !list.text.contains("bin/vi\n"), list.everything)
        #expect(list.lines.contains { $0.hasSuffix(" proc/") } && !list.text.contains("proc/self"))

        try checkCopies()
        #expect(Machine.list("\(sandbox.root)/tmp") == temporary)
        #expect(Machine.mounts(below: sandbox.directory) == [])
    }

    private func checkCopies() throws {
        let place = "\(sandbox.directory)/place"
        #expect(mkdir(place, 0o755) == 0)
        // Into a directory that exists; as one that does not; its content.
        for (source, target) in [("box:/d", place), ("box:d", "\(place)/new"), ("box:/d/.", "\(place)/new")] {
            let copied = try sandbox.tool("cp", source, target)
            #expect(copied.status == 0, copied.everything)
        }
        #expect(Machine.list(place).sorted() == ["d", "new"])
        #expect(Machine.list("\(place)/new").sorted() == ["a", "b"])
        // A link at the end is copied, or followed inside of the container.
        #expect(try sandbox.tool("cp", "box:/home", "\(place)/link").status == 0)
        #expect(Machine.link("\(place)/link") == "/d")
        #expect(try sandbox.tool("cp", "-L", "box:/home", "\(place)/led").status == 0)
        #expect(Machine.list("\(place)/led").sorted() == ["a", "b"])
        // Into the container, through a link that means another place here.
        #expect(try sandbox.tool("cp", "\(place)/new/a", "box:/home/c").status == 0)
        #expect(try sandbox.tool("cp", "\(place)/new/a", "box:/etc/copied").status == 0)
        let archive = try sandbox.tool("cp", "box:/home/.", "-")
        let list = try Program(["tar", "-t"], .init(input: .pipe))
        list.send(archive.text)
        #expect(list.finish().lines == ["./", "a", "b", "c"])
        for (words, reason) in [
            (["\(place)", "box:/etc/passwd"], "directory"), (["box:/no", place], "No such file"),
            ([place, place], "CONTAINER:PATH"), (["none:/x", place], "none"),
            (["\(place)/link", "box:/no/x"], "/no"),
        ] {
            let outcome = try sandbox.start(["cp"] + words).finish()
            #expect(outcome.status != 0 && outcome.errors.contains(reason), outcome.everything)
        }
    }

    @Test("A directory as root: the image is the whole tree", arguments: drivers)
    func rootDirectory(driver: String) throws {
        let root = "\(sandbox.directory)/rootfs"
        #expect(mkdir(root, 0o755) == 0)
        let unpacked = try Program(["tar", "-xf", Tool.archive.get(), "-C", root]).finish()
        try #require(unpacked.status == 0, unpacked.everything)
        let made = try sandbox.run(
            "--storage", driver, "--rootfs", root, "--keep", "--name", "box", "sh", "-c", "echo 1 > /one")
        try #require(made.status == 0, made.everything)
        #expect(try sandbox.tool("diff", "box").lines == ["A /one"])
        #expect(try sandbox.tool("commit", "-c", "CMD cat /one", "box", "whole").status == 0)
        #expect(try sandbox.run("--storage", driver, "whole").text == "1\n")
    }

    @Test("--read-only: nothing has changed", arguments: drivers)
    func readOnly(driver: String) throws {
        #expect(
            try sandbox.run("--storage", driver, "--read-only", "--keep", "--name", "box", "true").status == 0
        )
        let diff = try sandbox.tool("diff", "box")
        #expect(diff.status == 0 && diff.text == "", diff.everything)
        #expect(try sandbox.tool("commit", "box", "same").status == 0)
        #expect(try sandbox.run("--storage", driver, "--image", "same", "echo", "hello").text == "hello\n")
    }

    @Test("No such container, no such instruction")
    func errors() throws {
        for words in [["commit", "none", "x"], ["diff", "none"], ["export", "none"], ["diff", "../x"]] {
            let outcome = try sandbox.start(words).finish()
            #expect(outcome.status != 0 && outcome.errors.contains(words[1]), outcome.everything)
        }
        let outcome = try sandbox.tool("commit", "-c", "RUN x", "none", "x")
        #expect(outcome.status != 0 && outcome.errors.contains("RUN x"), outcome.everything)
    }
}
