import Testing

/// However little memory a process may have, it ends with a message, not by a signal.
@Suite("No memory", .driver("bind"))
struct NoMemoryTests {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
        #expect(try sandbox.run("--storage", "bind", "true").status == 0)
    }

    /// Runs the program with a limit, in kibibytes.
    private func run(_ option: String, _ limit: Int, _ words: [String]) throws -> Outcome {
        try Program(
            ["bash", "-c", "ulimit \(option) \(limit) && exec \"$@\"", "sh", Tool.binary] + words,
            .init(environment: ["MYDOCKER_ROOT": sandbox.root])
        ).finish()
    }

    /// The least limit with which the program is started at all: below it execve(2) kills it, as nobody is left to say
    /// something, and then ld.so(8) says that it cannot load it.
    private func leastLimit(_ option: String, from start: Int) throws -> Int {
        for limit in stride(from: start, to: 200_000, by: 50) {
            let outcome = try run(option, limit, ["run", "--storage", "bind", "true"])
            if outcome.status != -11 && outcome.status != 127 { return limit }
        }
        return try #require(nil, "it never starts")
    }

    @Test(arguments: [("-v", 18_000), ("-d", 2_000)])
    func limit(option: String, start: Int) throws {
        let least = try leastLimit(option, from: start)
        let image = "\(sandbox.directory)/image"
        #expect(try sandbox.tool("save", "-o", image, "busybox").status == 0)
        let commands = [
            ["run", "--storage", "bind", "true"], ["images"], ["load", "-i", image], ["storage", "verify"],
            ["image", "import", try Tool.archive.get(), "other"],
        ]
        let limits = (0..<12).map { least + $0 * 50 } + (1...10).map { least + $0 * 3_000 }
        for command in commands {
            for limit in limits {
                let outcome = try run(option, limit, command)
                let isExplained = outcome.status == 125 && outcome.errors.contains("mydocker: ")
                #expect(
                    outcome.status == 0 || isExplained, "\(command) with \(limit): \(outcome.everything)")
            }
        }
        sandbox.expectClean()
    }
}
