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

    @Test("import unpacks for the driver that run would take, for another one, or for none")
    func importUnpacks() throws {
        let archive = "\(sandbox.directory)/root.tar.gz"
        let made = "\(Tool.repository)/scripts/busybox-rootfs | gzip > $0"
        try #require(try Program(["bash", "-c", made, archive]).finish().status == 0)
        func unpacked() -> [String: Int] {
            var found: [String: Int] = [:]
            for driver in Machine.list("\(sandbox.root)/storage") {
                let layers = Machine.list("\(sandbox.root)/storage/\(driver)/snapshots")
                if !layers.isEmpty { found[driver] = layers.count }
            }
            return found
        }
        // The image that every test has is the same.
        try #require(try Program(["rm", "-rf", "\(sandbox.root)/storage"]).finish().status == 0)
        try #require(try sandbox.tool("image", "import", "--unpack", "none", archive, "box").status == 0)
        #expect(unpacked() == [:])
        for driver in Driver.usable.map(\.name) {
            let outcome = try sandbox.tool("image", "import", "--unpack", driver, archive, "box")
            try #require(outcome.status == 0, outcome.everything)
            #expect(unpacked()[driver] == 1)
            // The archive is not needed any more: what the container sees was unpacked before.
            let layer = try #require(Machine.list("\(sandbox.root)/storage/\(driver)/snapshots").first)
            #expect(Machine.exists("\(sandbox.root)/storage/\(driver)/snapshots/\(layer)/fs/bin/busybox"))
            #expect(try sandbox.run("--storage", driver, "box", "echo", "hello").text == "hello\n")
            #expect(unpacked()[driver] == 1)
        }
        let verified = try sandbox.tool("storage", "verify")
        #expect(verified.status == 0, verified.everything)
        try #require(try Program(["rm", "-rf", "\(sandbox.root)/storage"]).finish().status == 0)
        try #require(try sandbox.tool("image", "import", archive, "box").status == 0)
        #expect(unpacked().count == 1)
        let unknown = try sandbox.tool("image", "import", "--unpack", "floppy", archive, "other")
        #expect(unknown.status == 125 && unknown.errors.contains("floppy"), unknown.everything)
        #expect(try sandbox.tool("image", "exists", "other").status == 1)
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

    @Test("A step without a date has none, and text of strangers cannot drive the terminal")
    func foreignHistory() throws {
        let history = try sandbox.tool("image", "history", "busybox")
        #expect(history.lines[1].contains("   -   ") && !history.text.contains("ago"), history.everything)
        #expect(try sandbox.run("--keep", "--name", "c", "touch", "/x\u{1b}[2J").status == 0)
        let made = try sandbox.tool(
            "commit", "-m", "\u{1b}[2J\u{202e}\n\u{9b}", "-c", "LABEL l=\u{202e}\u{7f}", "c", "hostile")
        #expect(made.status == 0, made.everything)
        for words in [
            ["history", "--no-trunc", "hostile"], ["history", "--format", "json", "hostile"],
            ["inspect", "hostile"],
        ] {
            let outcome = try sandbox.start(["image"] + words).finish()
            #expect(outcome.status == 0 && outcome.lines.count > 0, outcome.everything)
            for letter in ["\u{1b}", "\u{202e}", "\u{9b}", "\u{7f}"] {
                #expect(!outcome.text.contains(letter), outcome.everything)
            }
        }
        let object = try objects("image", "history", "--format", "json", "hostile")[0]
        #expect(object["Comment"] as? String == "\u{1b}[2J\u{202e}\n\u{9b}")
    }

    @Test("An image for another machine is told to be one")
    func foreign() throws {
        let script = """
            cd "$1" && "$0" save -o a.tar busybox && mkdir x && tar -xf a.tar -C x &&
            sed -i 's/"architecture":"[a-z0-9]*"/"architecture":"s390x"/; s/busybox:latest/foreign:1/' x/*.json &&
            tar -cf b.tar -C x . && "$0" load -qi b.tar
            """
        let made = try Program(
            ["sh", "-c", script, Tool.binary, sandbox.directory],
            .init(environment: ["MYDOCKER_ROOT": sandbox.root])
        ).finish()
        try #require(made.status == 0, made.everything)
        // Once from the documents, once from what is remembered of them.
        for _ in 1...2 {
            let outcome = try sandbox.run("foreign:1", "echo", "x")
            #expect(outcome.text == "x\n", outcome.everything)
            #expect(
                outcome.errors.contains("is for linux/s390x, and this machine is linux/"), outcome.everything)
            #expect(!(try sandbox.run("busybox", "true").errors.contains("is for")))
        }
    }

    @Test("A command line that is wrong says what is, and where to look")
    func usage() throws {
        for (words, texts) in [
            (["frob", "x"], ["\"frob\" is no command of mydocker\n", "see: mydocker --help"]),
            (["imags"], ["\"imags\" is no command", "did you mean mydocker image"]),
            (["pull", "x"], ["\"pull\" is no command", "skopeo copy docker://"]),
            (["help", "nope"], ["\"nope\" is no command"]),
            (["image", "nope"], ["is no command of mydocker image"]),
            (["run", "--memroy", "1g", "x"], ["--memroy", "--memory", "mydocker run --help"]),
            (["load", "--imput", "x"], ["--imput", "--input", "mydocker load --help"]),
            (["run", "--name"], ["--name", "mydocker run --help"]),
        ] {
            let outcome = try sandbox.start(words).finish()
            #expect(outcome.status == 125 && outcome.text == "", outcome.everything)
            for text in texts { #expect(outcome.errors.contains(text), outcome.everything) }
        }
        #expect(try sandbox.tool("help", "run").text.contains("--hostname"))
        try #require(try sandbox.tool("save", "-o\(sandbox.directory)/a.tar", "busybox").status == 0)
        #expect(try sandbox.tool("load", "-qi\(sandbox.directory)/a.tar").status == 0)
    }

    @Test("Whoever saves or unpacks much sees a bar on a terminal")
    func bars() throws {
        let script =
            "cd \"$0\" && mkdir big && head -c 40000000 /dev/urandom > big/file && cp /bin/busybox big/sh"
        try #require(try Program(["sh", "-c", script, sandbox.directory]).finish().status == 0)
        for (words, text) in [
            (["image", "import", "\(sandbox.directory)/big", "big"], "import "),
            (["save", "-o", "\(sandbox.directory)/big.tar", "big"], "save "),
            (["run", "--storage", "bind", "--image", "big", "/sh", "-c", ":"], "unpack ["),
        ] {
            let terminal = try Terminal()
            let program = try sandbox.start(words, .init(terminal: terminal.path))
            try terminal.waitFor(text)
            try terminal.waitFor("\r\u{1b}[K")
            #expect(program.finish().status == 0)
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

    @Test("without a terminal there is a line at the end of a long archive, and with -v for each tenth")
    func lines() throws {
        let archive = "\(sandbox.directory)/long.tar"
        let script = """
            cd "$1" && mkdir long && head -c 100000000 /dev/zero > long/zeros && tar -cf long.tar -C long .
            """
        try #require(try Program(["sh", "-c", script, "sh", sandbox.directory]).finish().status == 0)
        #expect(
            try sandbox.tool("image", "import", archive, "long").errors == "mydocker: import: read 100MB\n")
        let outcome = try sandbox.tool("image", "import", "-v", archive, "long")
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
