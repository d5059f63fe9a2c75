import Foundation
import Testing

/// What one `run` may cost, counted and not timed: the numbers are in Benchmarks/budget.json, some percent above what
/// was counted when they were written.
///
/// Whoever needs more says why in the commit that raises them.
@Suite("The budget of a run", .driver("overlay"))
struct BudgetTests {
    private struct Budget: Decodable {
        let systemCalls: Int
        let instructions: Int
        let kibibytes: Int
    }

    private let sandbox: Sandbox
    private let budget: Budget

    init() throws {
        sandbox = try Sandbox()
        let text = try Data(contentsOf: URL(fileURLWithPath: "\(Tool.repository)/Benchmarks/budget.json"))
        budget = try JSONDecoder().decode(Budget.self, from: text)
        // The layers are unpacked, and all is found out that holds for the next run.
        for _ in 1...2 { #expect(try run([]).status == 0) }
    }

    private func run(_ prefix: [String]) throws -> Outcome {
        try Program(
            prefix + [Tool.binary, "run", "--storage", "overlay", "busybox", "true"],
            .init(environment: ["MYDOCKER_ROOT": sandbox.root])
        ).finish()
    }

    /// How many images and kept containers there are must not matter.
    private func fill() throws {
        for number in 1...30 {
            #expect(try sandbox.tool("tag", "busybox", "other\(number)").status == 0)
            #expect(try sandbox.run("--storage", "overlay", "--keep", "true").status == 0)
        }
        #expect(try run([]).status == 0)
    }

    private func countedCalls() throws -> Int {
        let file = "\(sandbox.directory)/calls"
        let traced = try run(["strace", "-f", "-c", "-o", file])
        #expect(traced.status == 0, traced.everything)
        // "100.00    0.015538          29       520        42 total"
        let total = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").last {
            $0.hasSuffix(" total")
        }
        let words = try #require(total).split(separator: " ")
        return try #require(Int(words[3]))
    }

    @Test("System calls of mydocker, init and the command", .needs("strace"))
    func systemCalls() throws {
        let count = try countedCalls()
        #expect(count <= budget.systemCalls)
        #expect(count > budget.systemCalls * 8 / 10, "the budget is too wide: \(count)")
        try fill()
        #expect(try countedCalls() <= budget.systemCalls, "with 30 more images and containers")
    }

    /// Where more than the pages that are needed comes in, the order of the functions is out of date: `make order`.
    @Test("Memory of the largest process", .needs("time"))
    func memory() throws {
        let file = "\(sandbox.directory)/peak"
        // It forks from a small process: what is resident before execve(2) counts too (getrusage(2), ru_maxrss).
        let measured = try run(["time", "--output", file, "--format", "%M"])
        #expect(measured.status == 0, measured.everything)
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let peak = try #require(text.split(whereSeparator: \.isWhitespace).last.flatMap { Int($0) })
        #expect(peak <= budget.kibibytes)
    }

    @Test("Instructions of mydocker until the command's end", .needs("valgrind"))
    func instructions() throws {
        let file = "\(sandbox.directory)/profile"
        func count() throws -> Int {
            let counted = try run(["valgrind", "--tool=callgrind", "--callgrind-out-file=\(file)"])
            #expect(counted.status == 0, counted.everything)
            let line = try #require(counted.errors.split(separator: "\n").last { $0.contains("Collected :") })
            return try #require(line.split(separator: " ").last.flatMap { Int($0) })
        }
        let few = try count()
        #expect(few <= budget.instructions)
        #expect(few > budget.instructions * 8 / 10, "the budget is too wide: \(few)")
        try fill()
        #expect(try count() <= budget.instructions, "with 30 more images and containers")
    }
}
