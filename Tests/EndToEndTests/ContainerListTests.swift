import Glibc
import Testing

@Suite("ps and rm")
struct ContainerListTests {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
    }

    private func rows(_ words: String...) throws -> [[String]] {
        let table = try sandbox.start(["ps"] + words).finish()
        try #require(table.status == 0, table.everything)
        return table.lines.dropFirst().map { $0.split(separator: " ").map(String.init) }
    }

    @Test("What runs is listed, what was kept with -a, and what is gone never")
    func list() throws {
        #expect(try sandbox.run("true").status == 0)
        #expect(try rows("-a") == [])
        let kept = try sandbox.run("--keep", "--name", "old", "sh", "-c", "hostname; exit 3")
        #expect(kept.status == 3)
        let running = try sandbox.begin("-i", "--name", "new", "sh", "-c", "hostname; read line")
        let id = try running.line()

        // Its record may be a moment behind it.
        while try rows().first?.contains("Up") != true { usleep(1000) }
        let living = try rows()
        #expect(living.count == 1 && living[0].first == id && living[0].last == "new", "\(living)")
        #expect(living[0].contains("busybox:latest"), "\(living)")
        let all = try rows("--all")
        #expect(all.map(\.last) == ["new", "old"], "\(all)")
        #expect(all[1].first == kept.lines[0] && all[1].contains("(3)"), "\(all)")
        #expect(try sandbox.tool("ps", "-a", "-q").lines == [id, kept.lines[0]])
        let json = try sandbox.tool("ps", "-a", "--format", "json").lines
        #expect(
            json.count == 2 && json[1].contains(#""ExitCode":3"#) && json[0].contains(#""State":"running""#))

        running.send("\n")
        #expect(running.finish().status == 0)
        #expect(try rows() == [])
        #expect(try sandbox.tool("rm", "old").text == "old\n")
        #expect(try rows("-a") == [])
        sandbox.expectClean()
    }

    @Test("A hostile command cannot drive the terminal")
    func hostile() throws {
        #expect(try sandbox.run("--keep", "echo", "\u{1b}[2J", "a\nb").status == 0)
        let table = try sandbox.tool("ps", "-a", "--no-trunc")
        #expect(table.lines.count == 2 && !table.text.contains("\u{1b}"), table.everything)
    }

    @Test("rm -f ends a container whose mydocker stands still", arguments: [false, true])
    func stopped(keeps: Bool) throws {
        let container = try sandbox.start(
            ["run", "-i"] + (keeps ? ["--keep"] : []) + [
                "--name", "one", "sh", "-c", "echo ready; read line",
            ],
            .init(input: .pipe))
        #expect(try container.line() == "ready")
        while try rows().first?.contains("Up") != true { usleep(1000) }
        container.signal(SIGSTOP)
        let removed = try sandbox.tool("rm", "-f", "one")
        #expect(removed.status == 0 && removed.text == "one\n", removed.everything)
        #expect(try rows("-a") == [])
        #expect(container.finish(keepingInput: true).status != 0)
        sandbox.expectClean()
    }

    @Test("rm -f says what there is not, and is content")
    func nothing() throws {
        let outcome = try sandbox.tool("rm", "-f", "nosuch")
        #expect(outcome.status == 0 && outcome.text == "", outcome.everything)
        #expect(outcome.errors.contains("no container called \"nosuch\""), outcome.everything)
    }

    @Test("rm leaves a running container alone, and with -f kills it")
    func force() throws {
        let container = try sandbox.begin("-i", "--name", "one", "sh", "-c", "hostname; read line")
        let id = try container.line()
        let refused = try sandbox.tool("rm", "one")
        #expect(refused.status == 125 && refused.errors.contains("is running"), refused.everything)
        let killed = try sandbox.tool("rm", "-f", String(id.prefix(5)))
        #expect(killed.status == 0, killed.everything)
        #expect(container.finish(keepingInput: true).status == 137)
        #expect(try rows("-a") == [])
        sandbox.expectClean()

        let kept = try sandbox.begin("-i", "--keep", "--name", "two", "sh", "-c", "echo ready; read line")
        #expect(try kept.line() == "ready")
        #expect(try sandbox.tool("rm", "--force", "two").status == 0)
        #expect(kept.finish(keepingInput: true).status == 137)
        #expect(try rows("-a") == [] && Machine.list("\(sandbox.root)/kept") == [])
        sandbox.expectClean()
    }

    @Test("Several are removed at once; one that is none is said, and does not stop the others")
    func several() throws {
        for name in ["a", "b", "c"] { #expect(try sandbox.run("--keep", "--name", name, "true").status == 0) }
        let outcome = try sandbox.tool("rm", "a", "nosuch", "../x", "c")
        #expect(outcome.status == 125 && outcome.lines == ["a", "c"], outcome.everything)
        #expect(
            outcome.errors.contains("\"nosuch\"") && outcome.errors.contains("\"../x\""), outcome.everything)
        #expect(try sandbox.tool("rm", "-f", "nosuch", "b").status == 0)
        sandbox.expectClean()
    }

    @Test("The beginning of an ID means the container, unless others' IDs begin so, too")
    func prefixes() throws {
        var ids: [String] = []
        // Of 17 IDs two begin with the same digit.
        for _ in 0..<17 { ids += try sandbox.run("--keep", "hostname").lines }
        let first = try #require(ids.first { id in ids.filter { $0.first == id.first }.count > 1 })
        let outcome = try sandbox.tool("rm", String(first.prefix(1)))
        #expect(outcome.status == 125 && outcome.errors.contains("begin with"), outcome.everything)
        #expect(try sandbox.tool("rm", String(first.prefix(11))).status == 0)
        #expect(try !sandbox.tool("ps", "-aq").lines.contains(first))
    }

    @Test("One whose mydocker was killed stays, if it was to be kept; how it ended is not known")
    func killed() throws {
        let container = try sandbox.begin(
            "-i", "--keep", "--name", "one", "sh", "-c", "echo x > /x; echo ready; read l")
        #expect(try container.line() == "ready")
        while try rows().first?.contains("Up") != true { usleep(1000) }
        container.signal(SIGKILL)
        _ = container.finish(keepingInput: true)
        let all = try rows("-a")
        #expect(all.count == 1 && all[0].contains("(unknown)"), "\(all)")
        #expect(try sandbox.tool("diff", "one").lines.contains("A /x"))
        #expect(try sandbox.tool("rm", "one").status == 0)
        sandbox.expectClean()
    }

    @Test("A record that is damaged is named; the others are listed, and it can be removed")
    func damaged() throws {
        let id = try sandbox.run("--keep", "hostname").lines[0]
        #expect(try sandbox.run("--keep", "--name", "good", "true").status == 0)
        Machine.write("\(sandbox.root)/kept/\(id)/container.json", "{")
        let table = try sandbox.tool("ps", "-a")
        #expect(table.lines.count == 2 && table.errors.contains(id), table.everything)
        #expect(try sandbox.tool("rm", id, "good").status == 0)
        for driver in Driver.usable { #expect(sandbox.layers(of: driver).count <= 1) }
        sandbox.expectClean()
    }
}
