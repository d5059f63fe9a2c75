import Glibc
import Testing

/// A container that stands still while it is committed goes on, whatever happens to who commits it.
@Suite("commit of a running container that is killed", .needs("strace"))
struct PauseTests {
    private let sandbox: Sandbox
    private let container: Program
    private let id: String

    init() throws {
        sandbox = try Sandbox()
        container = try sandbox.begin(
            "-i", "--name", "box", "sh", "-c", "touch /new; hostname; while read line; do echo $line; done")
        id = try container.line()
    }

    private func expectGoesOn(_ word: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        container.send("\(word)\n")
        #expect(try container.line() == word, sourceLocation: sourceLocation)
    }

    private func end() throws {
        #expect(container.finish().status == 0)
        sandbox.expectClean()
    }

    private var control: String? {
        let table = Machine.text("/proc/self/mountinfo") ?? ""
        let points = table.split(separator: "\n").map { $0.split(separator: " ")[4] }
        return points.flatMap {
            ["\($0)/mydocker/\(id)/cgroup.freeze", "\($0)/mydocker/\(id)/freezer.state"]
        }
        .first(where: Machine.exists)
    }

    private func commit(killedAt call: String, _ number: Int, following: Bool = false) throws -> Outcome {
        try Program(
            ["strace", "-qq", "-o", "/dev/null"] + (following ? ["-f"] : []) + [
                "-e", "trace=\(call)", "-e", "inject=\(call):signal=KILL:when=\(number)", Tool.binary,
                "commit",
                "--timestamp", "1", "box", "new",
            ], .init(environment: ["MYDOCKER_ROOT": sandbox.root])
        ).finish()
    }

    @Test(
        "At every system call that changes something: the container goes on by itself, the image is whole or not"
    )
    func everywhere() throws {
        var kills = 0
        for call in Crash.calls {
            for number in 1... {
                let outcome = try commit(killedAt: call, number)
                // No command in between: what waits for the dead one has let the container go on.
                try expectGoesOn("\(call)-\(number)")
                let list = try sandbox.tool("image", "ls")
                #expect(list.status == 0, list.everything)
                if list.text.contains("new") { #expect(try sandbox.tool("rmi", "new").status == 0) }
                #expect(Machine.list("\(sandbox.root)/tmp") == [])
                #expect(Machine.list("\(sandbox.root)/images").filter { $0.hasPrefix(".") } == [])
                if outcome.status != -SIGKILL {
                    #expect(outcome.status == 0, outcome.everything)
                    break
                }
                kills += 1
            }
        }
        #expect(kills > 20, "only \(kills) system calls were hit")
        // Whoever has let the container go on has taken the mark away by the time that this one has its turn.
        #expect(try sandbox.tool("commit", "box", "new").status == 0)
        #expect(!Machine.exists("\(sandbox.root)/containers/\(id)/paused"))
        try end()
    }

    @Test("If everything of it was killed, the next command lets the container go on")
    func nextCommand() throws {
        let control = try #require(control)
        // What a commit and its watcher leave that are killed together.
        Machine.write("\(sandbox.root)/containers/\(id)/paused", "")
        Machine.write(control, control.hasSuffix("freeze") ? "1" : "FROZEN")
        let next = try sandbox.tool("images")
        #expect(next.status == 0 && next.errors.contains("goes on"), next.everything)
        #expect(!Machine.exists("\(sandbox.root)/containers/\(id)/paused"))
        try expectGoesOn("again")
        try end()
    }

    @Test("If the container's mydocker was killed too, the next command removes the container")
    func bothKilled() throws {
        let control = try #require(control)
        Machine.write("\(sandbox.root)/containers/\(id)/paused", "")
        Machine.write(control, control.hasSuffix("freeze") ? "1" : "FROZEN")
        container.killAndWait()
        #expect(try sandbox.tool("images").status == 0)
        #expect(container.finish().status == -SIGKILL)
        #expect(Machine.cgroups(of: [id]) == [])
        sandbox.expectClean()
    }
}
