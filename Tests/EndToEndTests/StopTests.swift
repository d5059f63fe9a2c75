import Glibc
import Testing

@Suite("run: a command that does not listen to signals is ended all the same")
struct StopTests {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
    }

    /// Says that it got a signal, and goes on.
    private static let deaf =
        "trap 'echo got' INT QUIT TERM; echo ready; while :; do read x && echo $x; done"

    @Test(
        "The third SIGINT, SIGQUIT or SIGTERM kills it, and one line says so",
        arguments: [SIGINT, SIGQUIT, SIGTERM])
    func third(signal: Int32) throws {
        let container = try sandbox.begin("-i", "sh", "-c", Self.deaf)
        #expect(try container.line() == "ready")
        for _ in 1...2 {
            container.signal(signal)
            #expect(try container.line() == "got")
        }
        container.signal(signal)
        let outcome = container.finish(keepingInput: true)
        #expect(outcome.status == 128 + SIGKILL, outcome.everything)
        #expect(
            outcome.errors.split(separator: "\n").filter { $0.contains("killed") }.count == 1,
            outcome.everything)
        sandbox.expectClean()
    }

    @Test("Two do not, and a command that handles them is not hurt")
    func two() throws {
        let container = try sandbox.begin(
            "-i", "sh", "-c", Self.deaf)
        #expect(try container.line() == "ready")
        for _ in 1...2 {
            container.signal(SIGINT)
            #expect(try container.line() == "got")
        }
        container.send("last\n")
        #expect(try container.line() == "last")
        container.signal(SIGKILL)
        _ = container.finish()
    }

    @Test("After nohup the container does not hear of a closed terminal")
    func nohup() throws {
        let container = try Program(
            [
                "sh", "-c", "trap '' HUP; exec \"$1\" run -i sh -c 'echo ready; read x; echo $x'", "sh",
                Tool.binary,
            ],
            .init(environment: ["MYDOCKER_ROOT": sandbox.root], input: .pipe))
        #expect(try container.line() == "ready")
        container.signal(SIGHUP)
        container.send("still here\n")
        #expect(try container.line() == "still here")
        #expect(container.finish().status == 0)
    }
}
