import Glibc
import Testing

/// K1 for the image store: killed at any system call that changes something, a command has done all or nothing, and
/// the next command needs no help and leaves nothing behind.
@Suite("Image commands that are killed")
struct ImageKillTests {
    private let sandbox: Sandbox
    private static let calls = [
        "mkdir", "openat", "write", "fsync", "rename", "flock", "unlink", "unlinkat", "rmdir",
    ]

    init() throws {
        sandbox = try Sandbox()
    }

    /// Names with IDs, and the files of the store.
    private func state(_ root: String) throws -> [String] {
        let list = try Program([Tool.binary, "images", "--root", root]).finish()
        try #require(list.status == 0, list.everything)
        return list.lines + Machine.list("\(root)/images") + Machine.list("\(root)/images/blobs/sha256")
    }

    private func copyStore(to root: String) throws {
        try #require(try Program(["cp", "-a", sandbox.root, root]).finish().status == 0)
    }

    private func expectAtomic(_ words: [String]) throws {
        let root = "\(sandbox.directory)/copy"
        let before = try state(sandbox.root)
        try copyStore(to: root)
        try #require(try Program([Tool.binary] + words + ["--root", root]).finish().status == 0)
        let after = try state(root)
        try #require(before != after)
        var points = 0
        for call in Self.calls {
            for number in 1... {
                try #require(try Program(["rm", "-rf", root]).finish().status == 0)
                try copyStore(to: root)
                let inject = "inject=\(call):signal=KILL:when=\(number)"
                let tracer = ["strace", "-f", "-o", "/dev/null", "-e", "trace=\(call)", "-e", inject]
                let outcome = try Program(tracer + [Tool.binary] + words + ["--root", root]).finish()
                if outcome.status == 0 { break }
                try #require(outcome.status == -SIGKILL, outcome.everything)
                points += 1
                let found = try state(root)
                #expect(found == before || found == after, "\(call) \(number)")
            }
        }
        #expect(points > 20, "only \(points) kills")
    }

    @Test("load", .needs("strace"))
    func load() throws {
        try #require(try sandbox.tool("tag", "busybox", "box:1").status == 0)
        let archive = "\(sandbox.directory)/saved"
        try #require(try sandbox.tool("save", "-o", archive, "busybox", "box:1").status == 0)
        try #require(try sandbox.tool("rmi", "busybox", "box:1").status == 0)
        try expectAtomic(["load", "-q", "-i", archive])
    }

    @Test("rmi", .needs("strace"))
    func remove() throws {
        try expectAtomic(["rmi", "busybox"])
    }

    @Test(
        "save: what a killed one left beside its output is removed by the next, and nothing else",
        .needs("strace"))
    func save() throws {
        let place = "\(sandbox.directory)/out"
        try #require(mkdir(place, 0o755) == 0)
        let inject = ["-e", "inject=fsync,renameat2:signal=KILL:when=1"]
        let tracer = ["strace", "-f", "-o", "/dev/null", "-e", "trace=fsync,renameat2"] + inject
        let setup = Program.Setup(environment: ["MYDOCKER_ROOT": sandbox.root])
        for format in ["docker-archive", "oci-dir"] {
            let words = ["save", "--format", format, "-o", "\(place)/image", "busybox"]
            let killed = try Program(tracer + [Tool.binary] + words, setup).finish()
            #expect(killed.status == -SIGKILL, killed.everything)
            #expect(Machine.list(place).count == 1 && Machine.list(place)[0].hasPrefix(".image.mydocker-"))
            // Somebody else's: of a living one, of another place, no file.
            let others = [
                ".image.mydocker-0123456789ab", ".image2.mydocker-0123456789ab", ".image.mydocker-x",
            ]
            for name in others { Machine.write("\(place)/\(name)", "") }
            symlink("/etc/passwd", "\(place)/.image.mydocker-aaaaaaaaaaaa")
            let living = open("\(place)/\(others[0])", O_RDONLY | O_CLOEXEC)
            #expect(flock(living, LOCK_EX | LOCK_NB) == 0)
            let saved = try sandbox.start(words).finish()
            #expect(saved.status == 0, saved.everything)
            #expect(Machine.list(place) == (others + [".image.mydocker-aaaaaaaaaaaa", "image"]).sorted())
            close(living)
            try #require(try Program(["sh", "-c", "rm -r \(place)/* \(place)/.i*"]).finish().status == 0)
        }
    }
}
