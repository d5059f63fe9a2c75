import Glibc
import Testing

@Suite("The end of a container that has written much", .driver("overlay"), .needs("strace"))
struct LargeContainerTests {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
        // The layer is unpacked.
        #expect(try sandbox.run("--storage", "overlay", "true").status == 0)
    }

    private static let many = "mkdir /many; i=0; while [ $i -lt 2000 ]; do : >/many/$i; i=$((i+1)); done"

    /// Runs a container that writes `many` files, under strace(1) with these words.
    private func run(_ words: String...) throws -> Outcome {
        try Program(
            ["strace", "-f", "-qq", "-o", trace] + words
                + [
                    Tool.binary, "run", "--name", "many", "--storage", "overlay", "busybox", "sh", "-c",
                    Self.many,
                ],
            .init(environment: ["MYDOCKER_ROOT": sandbox.root])
        ).finish()
    }

    private var trace: String { "\(sandbox.directory)/trace" }

    @Test("Its mount goes in the process that deletes what it wrote, and before that")
    func mount() throws {
        let outcome = try run("-e", "trace=openat,setsid,flock,close,unlinkat")
        #expect(outcome.status == 0 && outcome.errors == "", outcome.everything)
        let lines = (Machine.text(trace) ?? "").split(separator: "\n")
        #expect(lines.contains { $0.contains("/root\", O_RDONLY|O_CLOEXEC|O_PATH|O_DIRECTORY") })
        // "4711  setsid()   = 4711"
        let remover = try #require(lines.last { $0.contains(" setsid(") }?.split(separator: " ").first)
        let calls = lines.filter { $0.hasPrefix("\(remover) ") }
        let locked = try #require(calls.firstIndex { $0.contains("flock(") })
        let unmounted = try #require(calls.firstIndex { $0.contains(" close(3)") })
        let deleted = try #require(calls.firstIndex { $0.contains("unlinkat(") })
        #expect(locked < unmounted && unmounted < deleted)
        #expect(lines.allSatisfy { !$0.contains("unlinkat(") || $0.hasPrefix("\(remover) ") })
        sandbox.expectClean()
    }

    @Test(
        "Whoever is killed meanwhile, the next command has everything deleted",
        arguments: [("unlinkat", 1), ("unlinkat", 1000), ("rename", 2)])
    func killed(call: String, number: Int) throws {
        // The second rename is mydocker's last, of the container's directory; only the process after it deletes.
        let outcome = try run(
            "-e", "trace=\(call)", "-e", "inject=\(call):signal=KILL:when=\(number)")
        #expect(outcome.errors == "", outcome.everything)
        #expect((Machine.text(trace) ?? "").contains("+++ killed by SIGKILL +++"))
        #expect(
            Machine.list("\(sandbox.root)/containers").count + Machine.list("\(sandbox.root)/tmp").count == 1)
        #expect(try sandbox.run("--name", "many", "true").status == 0)
        try sandbox.waitForDeletions()
        sandbox.expectClean()
    }

    @Test("Only what is thrown away afterwards is spared being made durable")
    func durability() throws {
        for (words, isVolatile) in [([], true), (["--keep", "--name", "kept"], false)] as [([String], Bool)] {
            let outcome = try sandbox.start(
                ["run", "--storage", "overlay"] + words + ["sh", "-c", "grep ' / ' /proc/mounts"]
            ).finish()
            #expect(outcome.status == 0 && outcome.text.contains("upperdir"), outcome.everything)
            #expect(outcome.text.contains("volatile") == isVolatile, outcome.everything)
        }
    }
}
