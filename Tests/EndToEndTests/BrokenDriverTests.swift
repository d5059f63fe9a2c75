import Foundation
import Testing

/// In a process of its own: a program that another test is about to start here holds, up to its execve(2), a copy of all
/// that the kit has open, so that a lock is still taken and a mount still busy.
@Suite("A driver that is broken", .enabled(if: geteuid() == 0, "only root may mount"))
struct BrokenDriverTests {
    private struct Line: Decodable {
        let id: String
        let verdict: String
        let detail: String?
    }

    @Test("is found out by the cases that are about it, and by no other", .driver("overlay"))
    func found() throws {
        let sandbox = try Sandbox(withImage: false)
        let about = ["C4", "C6", "C7"]
        let others = ["M2", "C1", "C2", "C3", "C9", "C11", "C12", "D3", "K5", "X1"]
        let outcome = try Program(
            [Tool.forgetful, "storage", "check", "forgetful", "--json"]
                + (about + others).flatMap { ["--case", $0] },
            .init(environment: ["MYDOCKER_ROOT": sandbox.root])
        ).finish()
        #expect(outcome.status == 1, outcome.everything)
        let lines = try JSONDecoder().decode([Line].self, from: Data(outcome.output))
        #expect(lines.map(\.id).sorted() == (about + others).sorted())
        for line in lines {
            #expect(
                (line.verdict == "failed") == about.contains(line.id),
                "\(line.id): \(line.verdict) \(line.detail ?? "")")
        }
        sandbox.expectClean()
    }
}
