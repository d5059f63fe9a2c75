import FoundationEssentials
import Glibc
import Testing

@Suite("Which driver, which image")
struct ChoiceTests {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
    }

    @Test("storage ls lists every driver, and why one does not work")
    func list() throws {
        let lines = try sandbox.tool("storage", "ls").lines
        #expect(
            lines.dropFirst().map { $0.split(separator: " ")[0] } == [
                "aufs", "overlay", "btrfs", "bind", "erofs",
            ])
        for line in lines.dropFirst() where line.split(separator: " ")[1] == "no" {
            #expect(line.split(separator: " ").count > 4, "no reason: \(line)")
        }
    }

    @Test("$MYDOCKER_STORAGE names the driver; --storage overrules it")
    func environment() throws {
        let setup = Program.Setup(environment: ["MYDOCKER_STORAGE": "bind"])
        let info = "--log-level"
        let chosen = try sandbox.run("--dry-run", "true", setup: setup)
        #expect(chosen.text.contains("\"storage\" : \"bind\"") && chosen.errors == "", chosen.everything)
        let unknown = try sandbox.run("true", setup: .init(environment: ["MYDOCKER_STORAGE": "zfs"]))
        #expect(unknown.status == 125 && unknown.errors.contains("\"zfs\""), unknown.everything)
        let overruled = try sandbox.run(
            info, "notice", "--storage", "bind", "true",
            setup: .init(environment: ["MYDOCKER_STORAGE": "zfs"]))
        #expect(overruled.status == 0, overruled.everything)
    }

    @Test(
        "A driver that does not work here is refused, with the reason and those that do",
        arguments: Driver.all)
    func unsupported(driver: Driver) throws {
        guard let reason = driver.reasonAgainst else { return }
        let outcome = try sandbox.run("--storage", driver.name, "true")
        let cause = String(reason.prefix { $0 != ";" })
        #expect(outcome.status == 125 && outcome.errors.contains(cause), outcome.everything)
        for usable in Driver.usable { #expect(outcome.errors.contains(usable.name), outcome.everything) }
        sandbox.expectClean()
    }

    @Test("Without a word about the driver, one line says once which were passed over and why")
    func fallThrough() throws {
        let outcome = try sandbox.run("true")
        let passedOver = Driver.all.prefix { $0.reasonAgainst != nil }
        #expect(
            outcome.status == 0 && outcome.errors.split(separator: "\n").count == (passedOver.isEmpty ? 0 : 1)
        )
        for driver in passedOver {
            #expect(outcome.errors.contains("\(driver.name) passed over"), outcome.everything)
        }
        #expect(try sandbox.run("true").errors == "")
        guard let chosen = Driver.usable.first, !passedOver.isEmpty else { return }
        let note = "\(sandbox.root)/storage/\(chosen.name)/told"
        Machine.write(note, "another boot")
        #expect(try sandbox.run("true").errors == outcome.errors)
        #expect(try sandbox.run("true").errors == "")
    }

    @Test("The first word is the image if there is one of that name")
    func firstWord() throws {
        try sandbox.importImage("team/tool:v2")
        for words in [
            ["busybox", "echo", "hello"], ["busybox:latest", "echo", "hello"],
            ["team/tool:v2", "echo", "hello"],
            ["--image", "team/tool:v2", "echo", "hello"], ["echo", "hello"],
        ] {
            let outcome = try sandbox.start(["run"] + words).finish()
            #expect(outcome.text == "hello\n", outcome.everything)
        }
        #expect(try sandbox.run("--image", "busybox", "busybox", "echo", "x").text == "x\n")
        #expect(try sandbox.run("team/tool", "echo", "hello").status == 127)
    }

    @Test("An image alone runs its own command")
    func imageAlone() throws {
        let container = try sandbox.begin("-i", "busybox")
        container.send("echo from the shell\n")
        #expect(container.finish().text == "from the shell\n")
        #expect(try sandbox.run().status == 0)
    }

    @Test("A name that is nearly an image's is suggested")
    func similar() throws {
        for words in [["busybux", "sh"], ["busybox:lates", "sh"], ["--image", "busybx", "sh"]] {
            let outcome = try sandbox.start(["run"] + words).finish()
            #expect(outcome.status == (words[0] == "--image" ? 125 : 127), outcome.everything)
            #expect(outcome.errors.contains("did you mean the image \"busybox:latest\"?"), outcome.everything)
        }
        sandbox.expectClean()
    }

    @Test("A command that may have been an image's name: how to get one is said")
    func missingImage() throws {
        let outcome = try sandbox.run("alpine", "sh")
        #expect(outcome.status == 127, outcome.everything)
        for text in [
            "\"alpine\"", "no image of that name", "skopeo copy docker://alpine:latest oci:\(sandbox.root)",
        ] {
            #expect(outcome.errors.contains(text), outcome.everything)
        }
        let path = try sandbox.run("/no/such")
        #expect(path.status == 127 && !path.errors.contains("no image"), path.everything)
    }

    @Test("image exists tells by its status; image ls lists")
    func images() throws {
        #expect(try sandbox.tool("image", "exists", "busybox").status == 0)
        #expect(try sandbox.tool("image", "exists", "absent").status == 1)
        #expect(try sandbox.tool("image", "ls").lines.contains { $0.hasPrefix("busybox      latest") })
    }

    @Test("That a driver works is remembered until it does not", arguments: Driver.usable)
    func remembered(driver: Driver) throws {
        let note = "\(sandbox.root)/storage/\(driver.name)/works"
        func content() -> String { (try? String(contentsOfFile: note, encoding: .utf8)) ?? "" }
        for _ in 1...2 { #expect(try sandbox.run("--storage", driver.name, "true").status == 0) }
        let known = content()
        #expect(known.contains("-"), "\(known)")
        // Another boot, or another file system: it is found out again.
        Machine.write(note, "another boot")
        #expect(try sandbox.run("--storage", driver.name, "true").status == 0)
        #expect(content() == known)
        sandbox.expectClean()
    }

    @Test("A mount that fails all the same is reason to try the driver again", .driver("overlay"))
    func forgotten() throws {
        #expect(try sandbox.run("--storage", "overlay", "true").status == 0)
        // Deeper than the kernel stacks file systems.
        let outcome = try Program(
            [
                "unshare", "--mount", "--propagation", "private", "sh", "-c",
                """
                cd $DIR; mkdir lower one two none
                mount -t overlay one -o lowerdir=lower:none one && mount -t overlay two -o lowerdir=one:none two &&
                    $0 run --storage overlay --rootfs $DIR/two true
                """, Tool.binary,
            ], .init(environment: ["DIR": sandbox.directory, "MYDOCKER_ROOT": sandbox.root])
        ).finish()
        #expect(outcome.status == 125 && outcome.errors.contains("mount"), outcome.everything)
        #expect(!Machine.list("\(sandbox.root)/storage/overlay").contains("works"))
        #expect(try sandbox.run("--storage", "overlay", "true").status == 0)
        #expect(Machine.list("\(sandbox.root)/storage/overlay").contains("works"))
        sandbox.expectClean()
    }
}
