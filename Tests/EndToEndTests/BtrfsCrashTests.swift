import Glibc
import Testing

/// K1 for snapshots that are subvolumes: the store is on a btrfs in a file, and each kill is tried on a copy of the file.
@Suite(
    "K1: killed at every system call, on btrfs",
    .enabled(if: BtrfsCrash.reasonAgainst == nil, BtrfsCrash.comment))
struct BtrfsCrashTests {
    private let sandbox: Sandbox
    private let crash: BtrfsCrash

    init() throws {
        sandbox = try Sandbox(withImage: false)
        let tree = "\(sandbox.directory)/tree"
        let script = """
            mkdir -p \(tree)/etc/empty \(tree)/bin; cd \(tree); mkdir proc sys dev
            cp "$(command -v busybox)" bin/busybox; ln -s busybox bin/true; ln -s busybox bin/touch; echo content > etc/file
            """
        let made = try Program(["sh", "-e", "-c", script]).finish()
        try #require(made.status == 0, made.everything)
        crash = try BtrfsCrash(in: sandbox.directory)
        try crash.make(["image", "import", "--unpack", "none", tree, "two"])
    }

    @Test("the first run: layers are unpacked whole, or not at all")
    func unpacking() throws { try walk(["run", "--storage", "btrfs", "--image", "two", "true"]) }

    @Test("run --keep: the container is kept, or gone")
    func keeping() throws {
        try crash.make(["run", "--storage", "btrfs", "two", "true"])
        try walk(["run", "--storage", "btrfs", "--keep", "--name", "kept", "two", "touch", "/etc/new"])
    }

    @Test("commit: the image is there whole, or not at all")
    func committing() throws {
        try crash.make(["run", "--storage", "btrfs", "--keep", "--name", "kept", "two", "touch", "/new"])
        try walk(["commit", "--timestamp", "1", "kept", "new"])
    }

    @Test("rm: the container is there, or gone")
    func removing() throws {
        try crash.make(["run", "--storage", "btrfs", "--keep", "--name", "kept", "two", "touch", "/new"])
        try walk(["rm", "kept"])
    }

    private func walk(_ words: [String]) throws {
        try crash.renew()
        let before = try crash.state()
        let whole = try crash.run(words)
        try #require(whole.status == 0, whole.everything)
        let after = try crash.state()
        #expect(before != after, "the command changes nothing")
        var (left, kills) = (after, 0)
        for call in Crash.calls + ["ioctl"] {
            for number in 1... {
                if left != before { try crash.renew() }
                let outcome = try crash.run(words, killedAt: call, number)
                left = try crash.state()
                if outcome.status != -SIGKILL { break }
                kills += 1
                #expect(
                    left == before || left == after,
                    "killed at \(call) number \(number): neither before, \(before), nor after, \(after): \(left)"
                )
            }
        }
        #expect(kills > 20, "only \(kills) system calls were hit")
    }
}

/// A store on a btrfs in a file.
private struct BtrfsCrash {
    private let image: String
    private let copy: String
    private let mountPoint: String

    /// Why none can be had; nil if one can.
    static let reasonAgainst: String? = {
        if !Crash.hasStrace { return "strace is not installed" }
        let script = """
            cd "$(mktemp -d)"; trap 'rm -r "$PWD"' EXIT; truncate -s 128M image; mkdir mounted
            mkfs.btrfs -q image >/dev/null 2>&1 || { echo "mkfs.btrfs is missing"; exit 1; }
            mount -o loop image mounted 2>&1 && umount mounted
            """
        let outcome = try? Program(isolated + [script]).finish()
        return outcome?.status == 0 ? nil : outcome?.lines.last ?? "it cannot be tried"
    }()

    static var comment: Comment { "\(reasonAgainst ?? "works here")" }

    private static let isolated = ["unshare", "--mount", "--propagation", "private", "bash", "-c"]

    init(in directory: String) throws {
        (image, copy, mountPoint) = ("\(directory)/image", "\(directory)/copy", "\(directory)/mounted")
        let made = try Program([
            "bash", "-c", "truncate -s 256M \(image) && mkfs.btrfs -q \(image) && mkdir \(mountPoint)",
        ]).finish()
        try #require(made.status == 0, made.everything)
    }

    /// Does something to the store as it is before.
    func make(_ words: [String]) throws {
        let outcome = try inside(image, [Tool.binary] + words)
        try #require(outcome.status == 0, outcome.everything)
    }

    func renew() throws {
        let copied = try Program(["cp", "--sparse=always", image, copy]).finish()
        try #require(copied.status == 0, copied.everything)
    }

    func run(_ words: [String], killedAt call: String? = nil, _ number: Int = 0) throws -> Outcome {
        let prefix = call.map { Crash.killing(at: $0, number) } ?? []
        return try inside(copy, prefix + [Tool.binary] + words)
    }

    /// What users see, and every directory and subvolume of the store, after the next command.
    func state() throws -> [String] {
        let script = """
            "$0" image ls && cd "$MYDOCKER_ROOT" && for place in containers kept names tmp images/blobs/sha256 \
                storage/btrfs/snapshots; do ls $place 2>/dev/null | sed "s|^|$place/|; s|/[0-9a-f]\\{12\\}$|/ID|"; done
            btrfs subvolume list "$MYDOCKER_ROOT" | sed 's/.* path //; s|/[0-9a-f]\\{12\\}/|/ID/|'
            """
        let outcome = try inside(copy, ["bash", "-c", script, Tool.binary])
        try #require(outcome.status == 0, outcome.everything)
        return outcome.lines.sorted()
    }

    private func inside(_ image: String, _ words: [String]) throws -> Outcome {
        try Program(
            Self.isolated + [
                "for n in {1..100}; do mount -o loop \"$0\" \"$1\" 2>/dev/null && shift && exec \"$@\"; sleep 0.01; done; exit 99",
                image, mountPoint,
            ]
                + words,
            .init(environment: ["MYDOCKER_ROOT": "\(mountPoint)/store"])
        ).finish()
    }
}
