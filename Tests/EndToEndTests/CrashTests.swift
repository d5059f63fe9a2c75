import Glibc
import Testing

/// K1: SIGKILL at every system call that changes something.
///
/// strace(1) kills the program when it is about to make the n-th call of one kind, for each kind and each n, until
/// a run is no longer hit. Calls that only read leave no other state behind than the call before them.
@Suite("K1: killed at every system call", .enabled(if: Crash.hasStrace, "strace is not installed"))
struct CrashTests {
    private let sandbox: Sandbox
    private let tree: String

    init() throws {
        sandbox = try Sandbox()
        tree = "\(sandbox.directory)/tree"
        try #require(mkdir(tree, 0o755) == 0)
        for name in ["etc", "proc", "sys", "dev"] { try #require(mkdir("\(tree)/\(name)", 0o755) == 0) }
        Machine.write("\(tree)/etc/file", "content")
    }

    @Test("import: the image is there whole, or not at all")
    func importing() throws {
        try walk(["image", "import", "--unpack", "none", tree, "two"])
    }

    @Test(
        "import that unpacks: the image is there whole, with its layer, or without",
        arguments: Driver.tried.map(\.name))
    func importingUnpacked(driver: String) throws {
        try walk(["image", "import", "--unpack", driver, tree, "two"]) { before, left, after in
            // The layer comes after the image; without it, the first container unpacks it.
            left.subtracting(before).contains { $0.hasPrefix("two ") }
                && after.subtracting(left).count == 1
                && after.subtracting(left).allSatisfy { $0.hasPrefix("storage/\(driver)/snapshots/") }
                && left.isSubset(of: after)
        }
    }

    @Test("the first run: layers are unpacked whole, or not at all", arguments: Driver.tried.map(\.name))
    func unpacking(driver: String) throws {
        try #require(try sandbox.tool("image", "import", "--unpack", "none", tree, "two").status == 0)
        try walk(["run", "--storage", driver, "--image", "two", "--read-only", "/none"], ends: 127)
    }

    @Test("run --keep: the container is kept, or gone", arguments: Driver.tried.map(\.name))
    func keeping(driver: String) throws {
        try importRunnable()
        #expect(try sandbox.run("--storage", driver, "two", "true").status == 0)
        try walk(["run", "--storage", driver, "--keep", "--name", "kept", "two", "touch", "/etc/new"])
    }

    @Test("commit: the image is there whole, or not at all", arguments: Driver.tried.map(\.name))
    func committing(driver: String) throws {
        try keep(driver)
        try walk(["commit", "--timestamp", "1", "kept", "new"])
    }

    @Test("rm: the container is there, or gone", arguments: Driver.tried.map(\.name))
    func removing(driver: String) throws {
        try keep(driver)
        try walk(["rm", "kept"])
    }

    @Test(
        "storage migrate: the container has the old driver, or the new one", arguments: Driver.neighbours)
    func migrating(drivers: (old: String, new: String)) throws {
        try keep(drivers.old)
        #expect(try sandbox.run("--storage", drivers.new, "two", "true").status == 0)
        try walk(["storage", "migrate", "kept", "--to", drivers.new])
    }

    /// Stores an image that has files of each kind that a driver copies, and hundreds of links; in a quick check, where
    /// what is killed at the next of hundreds leaves nothing else behind than at the one before, two of them.
    private func importRunnable() throws {
        let names = getenv("MYDOCKER_TEST_QUICK") == nil ? "$(busybox --list)" : "true touch"
        let script = """
            mkdir bin etc/empty; cp "$(command -v busybox)" bin/busybox
            for name in \(names); do [ $name = busybox ] || ln -s busybox bin/$name; done
            ln etc/file etc/link; mkfifo etc/fifo
            """
        let made = try Program(["env", "-C", tree, "sh", "-e", "-c", script]).finish()
        try #require(made.status == 0, made.everything)
        try #require(try sandbox.tool("image", "import", tree, "two").status == 0)
        // Only copied, with the store, for each kill.
        try #require(try sandbox.tool("rmi", "busybox").status == 0)
    }

    /// A kept container, "kept".
    private func keep(_ driver: String) throws {
        try importRunnable()
        let made = try sandbox.run("--storage", driver, "--keep", "--name", "kept", "two", "touch", "/new")
        try #require(made.status == 0, made.everything)
    }

    /// Runs the command once to its end, and then again and again on a copy of the store as it was, killed a bit
    /// later each time; what the next command leaves has to be the state before or the state after.
    ///
    /// - Parameter isBetween: whether a state that is neither is right, too: before, the state, after.
    private func walk(
        _ words: [String], ends status: Int32 = 0,
        _ isBetween: (Set<String>, Set<String>, Set<String>) -> Bool = { _, _, _ in false }
    ) throws {
        let crash = Crash(store: sandbox.root, copy: "\(sandbox.directory)/copy")
        try crash.renew()
        let before = try crash.state()
        let whole = try crash.run(words)
        try #require(whole.status == status, whole.everything)
        let after = try crash.state()
        #expect(before != after, "the command changes nothing")
        var left = after
        var kills = 0
        for call in Crash.calls {
            for number in 1... {
                // A store that was repaired is as good as a new one.
                if left != before { try crash.renew() }
                let outcome = try crash.run(words, killedAt: call, number)
                left = try crash.state()
                if outcome.status != -SIGKILL { break }
                kills += 1
                if left == before || left == after || isBetween(Set(before), Set(left), Set(after)) {
                    continue
                }
                Issue.record(
                    """
                    killed at \(call) number \(number): neither before nor after:
                    before has \(before.filter { !left.contains($0) }) and not \(left.filter { !before.contains($0) })
                    after has \(after.filter { !left.contains($0) }) and not \(left.filter { !after.contains($0) })
                    """)
            }
        }
        #expect(kills > 20, "only \(kills) system calls were hit")
        #expect(Machine.mounts(below: sandbox.directory) == [])
    }
}

/// A store that a command is tried on, killed, and looked at.
struct Crash {
    let store: String
    let copy: String

    /// The calls that change files, locks, mounts or processes.
    static let calls = [
        "openat", "mkdir", "mkdirat", "rename", "renameat2", "unlink", "unlinkat", "rmdir", "symlink",
        "symlinkat",
        "link", "linkat", "mknodat", "write", "pwrite64", "ftruncate", "fsync", "fdatasync", "syncfs",
        "chmod",
        "fchmod", "fchmodat", "chown", "fchown", "fchownat", "fsetxattr", "lsetxattr", "utimensat", "flock",
        "clone3",
    ]

    /// What is put before a command to have it killed when it is about to make a call for the n-th time.
    static func killing(at call: String, _ number: Int) -> [String] {
        [
            "strace", "-qq", "-o", "/dev/null", "-e", "trace=\(call)", "-e",
            "inject=\(call):signal=KILL:when=\(number)",
        ]
    }

    static let hasStrace = access("/usr/bin/strace", X_OK) == 0

    /// Makes a fresh copy of the store.
    func renew() throws {
        _ = try Program(["rm", "-rf", copy]).finish()
        let copied = try Program(["cp", "-a", "--reflink=auto", store, copy]).finish()
        try #require(copied.status == 0, copied.everything)
    }

    func run(_ words: [String], killedAt call: String? = nil, _ number: Int = 0) throws -> Outcome {
        let prefix = call.map { Crash.killing(at: $0, number) } ?? []
        return try Program(
            prefix + [Tool.binary] + words, .init(environment: ["MYDOCKER_ROOT": copy])
        ).finish()
    }

    /// Everything in the store that a user could miss or find too much, after the next command has run.
    func state() throws -> [String] {
        let next = try run(["image", "ls"])
        try #require(next.status == 0, next.everything)
        var lines = next.lines
        let drivers = Machine.list("\(copy)/storage").filter { Driver.tried.map(\.name).contains($0) }
        let places =
            ["containers", "kept", "names", "tmp", "images", "images/blobs/sha256"]
            + drivers.map { "storage/\($0)/snapshots" }
        for place in places {
            // A container's identifier is another one each time.
            lines += Machine.list("\(copy)/\(place)").map { "\(place)/\($0.count == 12 ? "ID" : $0)" }
        }
        return lines.sorted()
    }
}
