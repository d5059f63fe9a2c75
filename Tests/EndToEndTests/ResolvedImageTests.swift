import FoundationEssentials
import Glibc
import Testing

/// What `run` keeps at hand of images is never taken for what is there no more.
@Suite("run: images at hand", .driver("bind"))
struct ResolvedImageTests {
    private let sandbox: Sandbox
    private var place: String { "\(sandbox.root)/resolved" }
    private var blobs: String { "\(sandbox.root)/images/blobs/sha256" }
    private var index: String { "\(sandbox.root)/images/index.json" }

    init() throws {
        sandbox = try Sandbox()
        try expectRun("first")
    }

    private func expectRun(_ word: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let outcome = try sandbox.run("--storage", "bind", "busybox", "echo", word)
        #expect(
            outcome.status == 0 && outcome.text == "\(word)\n", outcome.everything,
            sourceLocation: sourceLocation)
    }

    private func names() -> String { (try? String(contentsOfFile: "\(place)/names", encoding: .utf8)) ?? "" }

    @Test("They are there after a run, and are not read for nothing")
    func remembered() throws {
        #expect(names().contains("\nbusybox:latest ") && Machine.list(place).count == 2)
        // Whatever is in the documents now: they were checked, and the index is the one they were in.
        for name in try documents() { Machine.write("\(blobs)/\(name)", "x") }
        try expectRun("again")
    }

    @Test("An image without one of its documents does not run, whatever is known of it")
    func lostDocument() throws {
        for name in try documents() {
            #expect(rename("\(blobs)/\(name)", "\(sandbox.directory)/away") == 0)
            for _ in 1...2 {
                let outcome = try sandbox.run("--storage", "bind", "busybox", "true")
                #expect(
                    outcome.status == 125 && outcome.errors.contains("\(name): it is missing"),
                    outcome.everything)
                #expect(outcome.errors.contains("import or load the image again"), outcome.everything)
            }
            let verified = try sandbox.tool("storage", "verify")
            #expect(verified.status == 1 && verified.text.contains("it is missing"), verified.everything)
            #expect(rename("\(sandbox.directory)/away", "\(blobs)/\(name)") == 0)
            try expectRun("found")
        }
    }

    /// The blobs that are JSON: the manifest and the configuration.
    private func documents() throws -> [String] {
        let names = Machine.list(blobs).filter {
            (try? String(contentsOfFile: "\(blobs)/\($0)", encoding: .utf8))?.hasPrefix("{") == true
        }
        try #require(names.count == 2)
        return names
    }

    @Test("Another image of the name is used at once, and a removed one not at all")
    func changed() throws {
        let tree = "\(sandbox.directory)/tree"
        let made = try Program(
            ["sh", "-ec", "mkdir $0; tar -xf $1 -C $0; echo new > $0/new", tree, Tool.archive.get()]
        ).finish()
        #expect(made.status == 0, made.everything)
        #expect(try sandbox.tool("image", "import", tree, "busybox").status == 0)
        let outcome = try sandbox.run("--storage", "bind", "cat", "/new")
        #expect(outcome.text == "new\n", outcome.everything)
        #expect(try sandbox.tool("rmi", "busybox").status == 0)
        let gone = try sandbox.run("--storage", "bind", "busybox", "true")
        #expect(gone.status == 125 && gone.errors.contains("busybox"), gone.everything)
    }

    @Test("index.json written in place, to the same size, is another one")
    func inPlace() throws {
        let text = try String(contentsOfFile: index, encoding: .utf8)
        let file = open(index, O_WRONLY)
        let other = Array(text.replacing("busybox:latest", with: "otherly:latest").utf8)
        #expect(write(file, other, other.count) == other.count)
        close(file)
        let outcome = try sandbox.run("--storage", "bind", "otherly", "echo", "found")
        #expect(outcome.text == "found\n", outcome.everything)
        #expect(try sandbox.run("--storage", "bind", "busybox", "true").status == 125)
    }

    @Test(
        "What is damaged there is made again",
        arguments: ["", "x", "65024 1 2 3.4 5.6\nend\n", String(repeating: "\0", count: 500)])
    func damaged(content: String) throws {
        let before = names()
        for name in Machine.list(place) { Machine.write("\(place)/\(name)", content) }
        try expectRun("still")
        #expect(names() == before)
        try expectRun("again")
    }

    @Test("What was of images that are gone goes")
    func stale() throws {
        Machine.write("\(place)/\(String(repeating: "0", count: 64))", "x")
        sandbox.expectClean()
        #expect(try sandbox.tool("tag", "busybox", "other").status == 0)
        try expectRun("third")
        #expect(Machine.list(place).count == 2, "\(Machine.list(place))")
    }
}
