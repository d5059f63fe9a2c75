import Glibc
import Testing

@Suite("A container that is started and stopped a thousand times")
struct StartStopTests {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
    }

    /// What a machine has more of if something is left behind.
    private func leftovers() -> [String: Int] {
        [
            "mounts": (Machine.text("/proc/self/mountinfo") ?? "").split(separator: "\n").count,
            "processes": Machine.processes(mentioning: sandbox.directory).count,
            "files": describeTree(sandbox.root).count,
        ]
    }

    @Test("1000 cycles leave nothing behind")
    func cycles() throws {
        let made = try sandbox.tool("create", "--name", "c", "--pids-limit", "50", "busybox", "sleep", "1000")
        let id = try #require(made.lines.first, made.everything)
        // After ten rounds what is made once has been made.
        var before: [String: Int] = [:]
        for round in 0..<1000 {
            let start = try sandbox.tool("start", "c")
            try #require(start.status == 0, "round \(round): \(start.everything)")
            let stop = try sandbox.tool("stop", "-t", "0", "c")
            try #require(stop.status == 0, "round \(round): \(stop.everything)")
            if round == 9 { before = leftovers() }
        }
        #expect(leftovers() == before)
        #expect(Machine.cgroups(of: [id]) == [])
        #expect(try sandbox.tool("rm", "c").status == 0)
        sandbox.expectClean()
    }
}
