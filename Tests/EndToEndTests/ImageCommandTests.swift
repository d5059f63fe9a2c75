import Foundation
import Glibc
import Testing

@Suite("The image commands")
struct ImageCommandTests {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
    }

    private func id() throws -> String {
        try #require(try sandbox.tool("images", "-q", "--no-trunc").lines.first)
    }

    /// The objects that are printed, one a line.
    private func objects(_ words: String...) throws -> [[String: Any]] {
        let outcome = try sandbox.start(words).finish()
        try #require(outcome.status == 0, outcome.everything)
        return try outcome.lines.map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    @Test("images and image ls are the same table, list of IDs, or JSON")
    func list() throws {
        let table = try sandbox.tool("images")
        #expect(table.lines[0] == "REPOSITORY   TAG       IMAGE ID       CREATED   SIZE", table.everything)
        #expect(table.lines[1].hasPrefix("busybox      latest    "), table.everything)
        #expect(try sandbox.tool("image", "ls").text == table.text)
        let id = try id()
        #expect(id.hasPrefix("sha256:") && id.count == 71)
        #expect(try sandbox.tool("images", "--quiet").lines == [String(id.dropFirst(7).prefix(12))])
        let object = try objects("images", "--format", "json", "--no-trunc")[0]
        #expect(object["Repository"] as? String == "busybox" && object["ID"] as? String == id)
        #expect(try sandbox.tool("images", "--format", "xml").status != 0)
    }

    @Test("tag, rmi and prune")
    func names() throws {
        let id = try id()
        #expect(try sandbox.tool("tag", "busybox", "reg.example/box:1").status == 0)
        #expect(try sandbox.tool("image", "tag", String(id.dropFirst(7).prefix(6)), "box").status == 0)
        #expect(try sandbox.tool("images", "-q").lines.count == 1)
        #expect(try sandbox.tool("images").lines.count == 4)
        let refused = try sandbox.tool("rmi", id, "missing", "box")
        #expect(refused.status != 0 && refused.text == "Untagged: box:latest\n", refused.everything)
        #expect(refused.errors.contains("several names") && refused.errors.contains("no image \"missing\""))
        #expect(try sandbox.run("reg.example/box:1", "echo", "hello").text == "hello\n")
        let removed = try sandbox.tool("image", "rm", "busybox", "reg.example/box:1")
        #expect(
            removed.text == "Untagged: busybox:latest\nUntagged: reg.example/box:1\nDeleted: \(id)\n",
            removed.everything)
        #expect(Machine.list("\(sandbox.root)/images/blobs/sha256") == [])
        #expect(try sandbox.tool("run", "true").status == 125)
    }

    @Test("an image that a kept container uses is not removed, and by force it is")
    func inUse() throws {
        try #require(try sandbox.run("--keep", "--name", "web", "true").status == 0)
        let refused = try sandbox.tool("rmi", "busybox")
        #expect(
            refused.status != 0 && refused.errors.contains("used by the container web"), refused.everything)
        #expect(try sandbox.tool("image", "prune", "-a", "-f").text == "Total reclaimed space: 0B\n")
        #expect(try sandbox.tool("rmi", "-f", "busybox").text.contains("Deleted: "))
    }

    @Test("prune asks, and takes no answer for no")
    func pruneAsks() throws {
        try #require(try sandbox.tool("image", "import", "\(Tool.repository)/scripts", "busybox").status == 0)
        #expect(try sandbox.tool("images").text.contains("<none>       <none>"))
        for answer in ["", "n\n", "perhaps\n"] {
            let program = try sandbox.start(["image", "prune"], .init(input: .pipe))
            program.send(answer)
            let outcome = program.finish()
            #expect(outcome.status == 0 && !outcome.text.contains("Deleted"), outcome.everything)
        }
        let program = try sandbox.start(["image", "prune"], .init(input: .pipe))
        program.send("y\n")
        let outcome = program.finish()
        #expect(
            outcome.text.contains("Deleted: sha256:") && outcome.text.contains("MB\n"), outcome.everything)
        #expect(try sandbox.tool("images").lines.count == 2)
    }

    @Test("inspect prints an array, history a table")
    func describe() throws {
        let inspected = try sandbox.tool("image", "inspect", "busybox", "busybox:latest")
        let array = try #require(
            try JSONSerialization.jsonObject(with: Data(inspected.output)) as? [[String: Any]])
        let id = try id()
        #expect(array.count == 2 && array[0]["Id"] as? String == id)
        #expect(array[0]["RepoTags"] as? [String] == ["busybox:latest"])
        #expect((array[0]["Config"] as? [String: Any])?["Cmd"] as? [String] == ["sh"])
        let history = try sandbox.tool("image", "history", "busybox")
        #expect(history.lines[0].hasPrefix("IMAGE          CREATED"), history.everything)
        #expect(history.lines[1].contains("mydocker image import"), history.everything)
        let steps = try objects("image", "history", "--format", "json", "--no-trunc", "busybox")
        #expect(steps.count == 1 && steps[0]["ID"] as? String == id)
        for words in [["image", "inspect", "missing"], ["image", "history", "missing"]] {
            let outcome = try sandbox.start(words).finish()
            #expect(
                outcome.status != 0 && outcome.errors.contains("no image \"missing\""), outcome.everything)
        }
    }

    @Test("save to the standard output and load from the standard input")
    func pipe() throws {
        try #require(try sandbox.tool("tag", "busybox", "box:2").status == 0)
        let saved = try sandbox.tool("save", "busybox", "box:2")
        #expect(saved.status == 0 && saved.output.count > 1 << 20)
        #expect(try sandbox.tool("image", "save", "busybox", "box:2").output == saved.output)
        try #require(try sandbox.tool("image", "rm", "busybox", "box:2").status == 0)
        let path = "\(sandbox.directory)/saved"
        try Data(saved.output).write(to: URL(fileURLWithPath: path))
        let file = open(path, O_RDONLY | O_CLOEXEC)
        defer { close(file) }
        let loaded = try sandbox.start(["load"], .init(input: .descriptor(file))).finish()
        #expect(
            loaded.text == "Loaded image: busybox:latest\nLoaded image: box:2\n" && loaded.errors == "",
            loaded.everything)
        #expect(try sandbox.run("box:2", "echo", "hello").text == "hello\n")
        let byID = try sandbox.tool("save", "-o", path, "--format", "docker-archive", id())
        #expect(byID.status == 0, byID.everything)
        let nameless = try sandbox.tool("load", "-q", "-i", path)
        #expect(nameless.text == "Loaded image ID: \(try id())\n", nameless.everything)
    }

    @Test("a terminal gets no archive and gives none")
    func terminal() throws {
        for (words, text) in [
            (["save", "busybox"], "refusing to write an archive to a terminal"),
            (["load"], "the standard input is a terminal"),
        ] {
            let terminal = try Terminal()
            let program = try sandbox.start(words, .init(terminal: terminal.path))
            try terminal.waitFor(text)
            #expect(program.finish().status != 0)
        }
        let none = try sandbox.tool("save", "--format", "oci-dir", "busybox")
        #expect(none.status != 0 && none.errors.contains("use -o"), none.everything)
        let format = try sandbox.tool("save", "--format", "zip", "busybox")
        #expect(format.status != 0 && format.errors.contains("no form"), format.everything)
    }

    @Test("a terminal shows a bar while an archive is read, and none with -q")
    func bar() throws {
        let archive = "\(sandbox.directory)/saved"
        try #require(try sandbox.tool("save", "-o", archive, "busybox").status == 0)
        let terminal = try Terminal()
        let program = try sandbox.start(["load", "-i", archive], .init(terminal: terminal.path))
        try terminal.waitFor("load [")
        try terminal.waitFor("% ")
        try terminal.waitFor("\r\u{1b}[KLoaded image: busybox:latest")
        #expect(program.finish().status == 0)
    }

    @Test("without a terminal there is a line for each tenth of a long archive")
    func lines() throws {
        let archive = "\(sandbox.directory)/long.tar"
        let script = """
            cd "$1" && mkdir long && head -c 100000000 /dev/zero > long/zeros && tar -cf long.tar -C long .
            """
        try #require(try Program(["sh", "-c", script, "sh", sandbox.directory]).finish().status == 0)
        let outcome = try sandbox.tool("image", "import", archive, "long")
        let lines = outcome.errors.split(separator: "\n")
        #expect(lines.count == 10, outcome.everything)
        #expect(lines.first == "mydocker: import: 10% of 100MB", outcome.everything)
        #expect(lines.last == "mydocker: import: 100% of 100MB", outcome.everything)
        #expect(try sandbox.tool("image", "import", "--quiet", archive, "long").errors == "")
    }

    @Test("what a file of another kind is, is said", .needs("xz"))
    func wrongFiles() throws {
        let path = "\(sandbox.directory)/file"
        for (script, text) in [
            ("tar -c -C / etc/hostname | xz > $0", "cannot decompress xz"),
            ("tar -c -C / etc/hostname > $0", "image import"), ("echo hello > $0", "tar archive"),
            (": > $0", "it is empty"),
        ] {
            try #require(try Program(["sh", "-c", script, path]).finish().status == 0)
            let outcome = try sandbox.tool("load", "-i", path)
            #expect(outcome.status != 0 && outcome.errors.contains(text), outcome.everything)
        }
        let missing = try sandbox.tool("load", "-i", "\(path).missing")
        #expect(missing.status != 0 && missing.errors.contains("No such file"), missing.everything)
    }
}
