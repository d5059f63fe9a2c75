import Glibc
import Testing

@Suite("run: names, kills, many runs")
struct LifecycleTests {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
    }

    @Test("--name is refused while it is taken, and free afterwards")
    func names() throws {
        let container = try sandbox.begin("-i", "--name", "one", "sh", "-c", "echo ready; read line")
        #expect(try container.line() == "ready")
        let second = try sandbox.run("--name", "one", "true")
        #expect(second.status == 125 && second.errors.contains("\"one\""), second.everything)
        #expect(Machine.list("\(sandbox.root)/containers").count == 1)
        _ = container.finish()
        #expect(try sandbox.run("--name", "one", "--rm", "true").status == 0)
        sandbox.expectClean()
    }

    @Test(
        "Names that are none",
        arguments: [
            "", ".", "..", "a/b", "../x", "-x", "_x", ".x", "a b", "a\nb", "ü",
            String(repeating: "n", count: 129),
        ])
    func badName(name: String) throws {
        let outcome = try sandbox.run("--name", name, "true")
        #expect(outcome.status == 125 && outcome.errors.contains("name"), outcome.everything)
        sandbox.expectClean()
    }

    @Test(
        "After SIGKILL the container dies, and the next command removes what is left",
        arguments: Driver.tried.map(\.name))
    func killed(driver: String) throws {
        let container = try sandbox.begin(
            "-i", "--storage", driver, "--name", "victim", "--pids-limit", "50", "sh", "-c",
            "sleep 1000 & hostname; read line")
        let id = try container.line()
        container.signal(SIGKILL)
        // Ends when nobody holds the streams any more: the container's processes are dead.
        #expect(container.finish(keepingInput: true).status == -SIGKILL)
        #expect(Machine.list("\(sandbox.root)/containers") == [id])
        #expect(Machine.mounts(below: sandbox.directory) == [])

        let next = try sandbox.run("--storage", driver, "--name", "victim", "true")
        #expect(next.status == 0 && next.errors.contains(id), next.everything)
        #expect(Machine.cgroups(of: [id]) == [])
        sandbox.expectClean()
    }

    @Test("A living container is left alone by others' clean-up")
    func living() throws {
        let container = try sandbox.begin("-i", "sh", "-c", "hostname; read line; echo still here")
        let id = try container.line()
        #expect(try sandbox.run("true").errors.contains(id) == false)
        container.send("\n")
        #expect(try container.line() == "still here")
        #expect(container.finish().status == 0)
        sandbox.expectClean()
    }

    @Test("200 runs in a row leave the machine as it was")
    func inARow() throws {
        var ids: [String] = []
        for number in 0..<200 {
            let driver = Driver.usable[number % Driver.usable.count].name
            let outcome = try sandbox.run("--storage", driver, "--pids-limit", "50", "hostname")
            try #require(outcome.status == 0, outcome.everything)
            ids += outcome.lines
        }
        #expect(Set(ids).count == 200)
        #expect(Machine.cgroups(of: ids) == [])
        sandbox.expectClean()
    }

    @Test("50 runs at once leave the machine as it was")
    func atOnce() throws {
        let drivers = Driver.usable
        let containers = try (0..<50).map { number in
            try sandbox.begin(
                "--storage", drivers[number % drivers.count].name, "--pids-limit", "50", "hostname")
        }
        let outcomes = containers.map { $0.finish() }
        for outcome in outcomes { #expect(outcome.status == 0 && outcome.errors == "", outcome.everything) }
        let ids = outcomes.flatMap(\.lines)
        #expect(Set(ids).count == 50)
        #expect(Machine.cgroups(of: ids) == [])
        sandbox.expectClean()
    }

    @Test("50 first runs at once unpack one image into a fresh store together")
    func firstRunsAtOnce() throws {
        let driver = try #require(Driver.usable.first).name
        let containers = try (0..<50).map { _ in try sandbox.begin("--storage", driver, "echo", "hello") }
        for outcome in containers.map({ $0.finish() }) {
            #expect(outcome.text == "hello\n", outcome.everything)
        }
        #expect(Machine.list("\(sandbox.root)/storage/\(driver)/snapshots").count == 1)
        sandbox.expectClean()
    }

    @Test("Of 20 that want one name at once, those that get it run, the others say why")
    func oneName() throws {
        let containers = try (0..<20).map { _ in try sandbox.begin("--name", "one", "true") }
        let outcomes = containers.map { $0.finish() }
        #expect(outcomes.contains { $0.status == 0 })
        for outcome in outcomes where outcome.status != 0 {
            #expect(outcome.status == 125 && outcome.errors.contains("\"one\""), outcome.everything)
        }
        sandbox.expectClean()
    }
}
