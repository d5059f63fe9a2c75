import Glibc
import Testing

/// Inputs that once failed, each a script that anyone can run: Cases/*.sh prints OK or what it saw, and exits 0 or 1.
@Suite("Inputs that failed once", .needs("python3", "gcc"))
struct CaseTests {
    private static let directory = "\(Tool.repository)/Tests/EndToEndTests/Cases"
    private static let scripts = Machine.list(directory).filter { $0.hasSuffix(".sh") }

    @Test("Each script", arguments: scripts)
    func script(name: String) throws {
        let outcome = try Program(
            ["unshare", "--mount", "--propagation", "private", "bash", "\(Self.directory)/\(name)"],
            .init(environment: [
                "MYDOCKER": Tool.binary, "PROJECT": Tool.repository, "TMPDIR": Ground.memory.place,
            ])
        ).finish()
        #expect(outcome.status == 0, outcome.everything)
    }

    @Test("There are some")
    func all() {
        #expect(Self.scripts.count >= 25)
    }
}
