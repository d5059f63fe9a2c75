import Glibc
import Testing

@Suite("storage info, df, verify and gc")
struct StorageMaintenanceTests {
    private let sandbox: Sandbox
    private var images: String { "\(sandbox.root)/images" }

    init() throws {
        sandbox = try Sandbox()
    }

    private func shell(_ script: String) throws {
        let setup = Program.Setup(environment: ["ROOT": sandbox.root, "DIR": sandbox.directory])
        let outcome = try Program(["sh", "-ec", script], setup).finish()
        try #require(outcome.status == 0, outcome.everything)
    }

    /// An image of three layers called `three`, unpacked for `driver`, and a kept container on it called `kept`.
    private func build(_ driver: String) throws {
        for (number, base) in ["busybox", "two"].enumerated() {
            let script =
                "mkdir /d\(number); echo \(number) > /d\(number)/file; rm -rf /bin/vi; ln /d\(number)/file /link"
            let made = try sandbox.run(
                "--storage", driver, "--keep", "--name", "made", "--image", base, "sh", "-c",
                "rm -f /link; \(script)")
            try #require(made.status == 0, made.everything)
            #expect(try sandbox.tool("commit", "made", number == 0 ? "two" : "three").status == 0)
            #expect(try sandbox.tool("rm", "made").status == 0)
        }
        let kept = try sandbox.run(
            "--storage", driver, "--keep", "--name", "kept", "--image", "three", "sh", "-c",
            "echo mine > /mine")
        try #require(kept.status == 0, kept.everything)
    }

    /// Damaged, named, repaired, whole.
    private func expectRepair(
        _ named: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let found = try sandbox.tool("storage", "verify")
        #expect(
            found.status == 1 && found.text.contains(named), found.everything, sourceLocation: sourceLocation)
        let repaired = try sandbox.tool("storage", "verify", "--repair")
        #expect(
            repaired.status == 0 && repaired.text.contains("repaired:"), repaired.everything,
            sourceLocation: sourceLocation)
        try expectWhole(sourceLocation: sourceLocation)
    }

    private func expectWhole(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let whole = try sandbox.tool("storage", "verify")
        #expect(
            whole.status == 0 && whole.text == "nothing is damaged\n", whole.everything,
            sourceLocation: sourceLocation)
        sandbox.expectClean(except: ["kept"], sourceLocation: sourceLocation)
    }

    @Test("info tells of the file system and every driver")
    func information() throws {
        let text = try sandbox.tool("storage", "info")
        #expect(text.status == 0 && text.text.contains("Images:         1"), text.everything)
        let json = try sandbox.tool("storage", "info", "--json")
        for name in Driver.all.map(\.name) {
            #expect(json.text.contains("\"name\" : \"\(name)\""), json.everything)
        }
        // A store that is not there is looked at, and not made.
        let none = try sandbox.tool("storage", "info", "--root", "\(sandbox.directory)/none")
        #expect(none.status == 0 && none.text.contains("not made yet"), none.everything)
        #expect(!Machine.exists("\(sandbox.directory)/none"))
    }

    @Test("df agrees with du, and its parts with each other", arguments: Driver.usable.map(\.name))
    func usage(driver: String) throws {
        try build(driver)
        let container = try sandbox.begin(
            "-i", "--storage", driver, "sh", "-c",
            "dd if=/dev/zero of=/big bs=1M count=3 2>/dev/null; echo ready; read l")
        #expect(try container.line() == "ready")
        while try sandbox.tool("ps", "-q").lines.isEmpty { usleep(1000) }
        let json = try sandbox.tool("storage", "df", "--json")
        let du = try Program(["du", "-s", "-B1", sandbox.root]).finish()
        let script = """
            import json, sys
            data, du = json.loads(sys.argv[1]), int(sys.argv[2].split()[0])
            assert abs(data["total"]["bytes"] - du) <= 1 << 16, (data["total"], du)
            layers = sum(layer["usage"]["bytes"] for layer in data["layers"])
            containers = {c["name"] if c["name"] == "kept" else "running": c["usage"]["bytes"] for c in data["containers"]}
            parts = layers + sum(containers.values()) + data["blobs"] + data["temporary"] + data["other"]
            assert parts == data["total"]["bytes"], (parts, data)
            assert containers["running"] >= 3 << 20, containers
            images = {image["name"]: image for image in data["images"]}
            assert set(images) == {"busybox:latest", "two:latest", "three:latest"}, images
            # The base is shared by all three; nothing is shared that is not somebody else's too.
            assert images["busybox:latest"]["shared"] > 1000000, images
            assert images["three:latest"]["bytes"] > images["two:latest"]["bytes"] > images["busybox:latest"]["shared"]
            unique = sum(image["bytes"] - image["shared"] for image in images.values())
            assert unique < data["blobs"] and data["unneededBlobs"] == 0, data
            """
        let judged = try Program(["python3", "-c", script, json.text, du.text]).finish()
        #expect(judged.status == 0, judged.everything)
        #expect(try sandbox.tool("storage", "df").text.contains("three:latest"))
        container.send("\n")
        #expect(container.finish().status == 0)
    }

    @Test(
        "verify: a layer that was changed is named and unpacked again", arguments: Driver.usable.map(\.name))
    func layer(driver: String) throws {
        try build(driver)
        try expectWhole()
        let before = try sandbox.tool("export", "kept").output
        let damages = [
            "echo x >> $F/bin/busybox", "rm $F/bin/ls", "touch $F/new", "chmod 700 $F/bin",
            "touch -d @1 $F/bin/busybox",
            "chown 5 $F/bin/busybox", "setfattr -n user.x -v 1 $F/bin/busybox || touch $F/new", "rm -r $F",
        ]
        for damage in damages {
            try shell(
                """
                # A layer has a longer name than a container.
                for F in $ROOT/storage/\(driver)/snapshots/?????????????*/fs; do
                    if [ -e $F/bin/ls ]; then \(damage); break; fi
                done
                """)
            try expectRepair("snapshot \(sandbox.root)/storage/\(driver)/snapshots/")
        }
        // What was on it has not noticed.
        #expect(try sandbox.tool("export", "kept").output == before)
        #expect(try sandbox.run("--storage", driver, "three", "cat", "/d0/file", "/d1/file").text == "0\n1\n")
    }

    @Test(
        "verify: a layer under a running container is left alone until that ends",
        arguments: Driver.usable.map(\.name))
    func busyLayer(driver: String) throws {
        let container = try sandbox.begin(
            "-i", "--storage", driver, "sh", "-c", "echo ready; read line; ls /new")
        #expect(try container.line() == "ready")
        try shell("for F in $ROOT/storage/\(driver)/snapshots/*/fs; do touch $F/new; done")
        let refused = try sandbox.tool("storage", "verify", "--repair")
        #expect(refused.status == 1 && refused.text.contains("in use"), refused.everything)
        container.send("\n")
        _ = container.finish()
        try expectRepair("A /new")
    }

    @Test(
        "verify: metadata that is cut, garbage or gone is made again; kept containers live on",
        arguments: [
            "truncate -s 5000 $DB; rm -f $DB-*", "head -c 100000 /dev/urandom > $DB; rm -f $DB-*", "rm $DB*",
            "printf XXXXXXXX | dd of=$DB bs=1 seek=4096 conv=notrunc 2>/dev/null; rm -f $DB-*",
        ])
    func metadata(damage: String) throws {
        let driver = try #require(Driver.usable.first).name
        try build(driver)
        let before = try sandbox.tool("export", "kept").output
        try shell("DB=$ROOT/storage/metadata.db; \(damage)")
        // Whoever needs the metadata says so, and nothing is taken for rubbish meanwhile.
        let layers = sandbox.layers(of: Driver(name: driver))
        try shell("mkdir $ROOT/tmp/of-the-dead")
        for words in [
            ["diff", "kept"], ["commit", "kept", "lost"], ["run", "--keep", "--storage", driver, "true"],
        ] {
            let outcome = try sandbox.start(words).finish()
            #expect(outcome.status == 125 && outcome.errors.contains("verify --repair"), outcome.everything)
        }
        #expect(sandbox.layers(of: Driver(name: driver)) == layers)
        let found = try sandbox.tool("storage", "verify")
        #expect(found.status == 1 && found.text.contains("metadata.db"), found.everything)
        let repaired = try sandbox.tool("storage", "verify", "--repair")
        #expect(repaired.status == 0 && repaired.text.contains("made again"), repaired.everything)
        try expectWhole()
        #expect(try sandbox.tool("export", "kept").output == before)
        #expect(try sandbox.tool("commit", "kept", "again").status == 0)
        #expect(try sandbox.run("--storage", driver, "again", "cat", "/mine", "/d1/file").text == "mine\n1\n")
        #expect(try sandbox.tool("rm", "kept").status == 0)
    }

    @Test("verify: rows and directories that belong to nothing, names without a container")
    func strays() throws {
        let driver = try #require(Driver.usable.first).name
        try build(driver)
        try shell("mkdir $ROOT/storage/\(driver)/snapshots/stray; ln -s nothing $ROOT/names/nobody")
        let found = try sandbox.tool("storage", "verify", "--json")
        #expect(found.status == 1 && found.lines.count == 2, found.everything)
        try expectRepair("/names/nobody")
        // What a container wrote cannot be made up.
        let id = try sandbox.tool("ps", "-aq").lines[0]
        try shell("rm -r $ROOT/storage/\(driver)/snapshots/\(id)")
        let lost = try sandbox.tool("storage", "verify", "--repair")
        #expect(lost.status == 1 && lost.text.contains("mydocker rm \(id)"), lost.everything)
        #expect(try sandbox.tool("rm", id).status == 0)
        try expectWhole()
    }

    @Test(
        "verify: directories of the store that are open to others, missing, links, or in the place of a file",
        arguments: [
            ("chmod 0777 $ROOT", "users of this machine"),
            ("chmod 0711 $ROOT/storage", "users of this machine"),
            ("chown 1 $ROOT/containers", "users of this machine"), ("rm -r $ROOT/names", "has lost its name"),
            ("mv $ROOT/names $ROOT/names.old; ln -s names.old $ROOT/names", "no directory"),
            ("rm $ROOT/lock; mkdir $ROOT/lock", "it is no file"),
            ("cd $ROOT/storage; rm metadata.db; mkdir metadata.db metadata.db.damaged", "it is no file"),
            (
                "mv $ROOT/containers $DIR/other; mkdir $DIR/other/mine; ln -s $DIR/other $ROOT/containers",
                "no directory"
            ),
        ])
    func places(damage: String, problem: String) throws {
        try build(try #require(Driver.usable.first).name)
        let kept = try sandbox.run("--keep", "--name", "box", "true")
        #expect(kept.status == 0, kept.everything)
        try shell(damage)
        let cleaned = try sandbox.tool("ps", "-a")
        let found = try sandbox.tool("storage", "verify")
        #expect(
            found.status == 1 && found.text.contains(problem) || damage.contains("/names"), found.everything)
        let repaired = try sandbox.tool("storage", "verify", "--repair")
        #expect(repaired.status == 0 && repaired.text.contains(problem), repaired.everything)
        // What a link leads to is nobody's to clean up.
        if damage.contains("/other") {
            #expect(
                Machine.exists("\(sandbox.directory)/other/mine") && cleaned.status != 0, cleaned.everything)
        }
        #expect(try sandbox.tool("rm", "box").status == 0)
        try expectWhole()
    }

    @Test("verify: a damaged or missing blob is named with its image; importing the same again replaces it")
    func blob() throws {
        let archive = "\(sandbox.directory)/all.tar"
        try build(try #require(Driver.usable.first).name)
        #expect(try sandbox.tool("save", "-o", archive, "three").status == 0)
        for damage in ["printf X | dd of=$B bs=1 seek=600 conv=notrunc 2>/dev/null", "rm $B", ": > $B"] {
            try shell("B=$(ls -S $ROOT/images/blobs/sha256/* | head -n 1); \(damage)")
            for words in [["storage", "verify"], ["storage", "verify", "--repair"]] {
                let found = try sandbox.start(words).finish()
                #expect(found.status == 1 && found.text.contains("image three:latest"), found.everything)
            }
            #expect(try sandbox.tool("load", "-i", archive).status == 0)
            try expectWhole()
        }
    }

    @Test("verify: an index that is garbage is made again out of the manifests; only names are lost")
    func index() throws {
        let id = try sandbox.tool("images", "-q").lines[0]
        for damage in [
            "echo '{' > $ROOT/images/index.json", "echo '[]' > $ROOT/images/oci-layout",
            "rm $ROOT/images/oci-layout",
        ] {
            try shell(damage)
            #expect(try sandbox.tool("images").status == 125)
            try expectRepair("index ")
            #expect(try sandbox.tool("images", "-q").lines == [id])
        }
        #expect(try sandbox.tool("tag", id, "busybox").status == 0)
        #expect(try sandbox.run("echo", "hello").text == "hello\n")
    }

    @Test(
        "gc removes what nothing needs, and nothing that somebody uses", arguments: Driver.usable.map(\.name))
    func collection(driver: String) throws {
        try build(driver)
        // Layers of `three` are needed by `kept`, though its image is gone.
        #expect(try sandbox.tool("rmi", "three").status == 125)
        #expect(try sandbox.tool("rmi", "-f", "three").status == 0)
        #expect(try sandbox.tool("storage", "gc").text == "0B was freed\n")
        #expect(try sandbox.tool("rmi", "two").status == 0)
        // Without a union the tree of `two` is needed by nobody, with one it is below `three`.
        let freed = try sandbox.tool("storage", "gc")
        #expect((freed.text == "0B was freed\n") == (driver != "bind"), freed.everything)
        #expect(try sandbox.tool("export", "kept").status == 0)
        let container = try sandbox.begin(
            "-i", "--storage", driver, "sh", "-c", "echo ready; read line; ls /bin/sh")
        #expect(try container.line() == "ready")
        #expect(try sandbox.tool("rm", "kept").status == 0)
        #expect(try sandbox.tool("rmi", "-f", "busybox").status == 0)
        let before = sandbox.layers(of: Driver(name: driver)).count
        let planned = try sandbox.tool("storage", "gc", "--dry-run")
        #expect(
            planned.lines.count > 1 && sandbox.layers(of: Driver(name: driver)).count == before,
            planned.everything)
        let done = try sandbox.tool("storage", "gc")
        #expect(done.status == 0 && done.lines.count > 1, done.everything)
        #expect(sandbox.layers(of: Driver(name: driver)).count == 1)
        container.send("\n")
        #expect(container.finish().text.hasSuffix("/bin/sh\n"))
        try shell("echo stray > $ROOT/images/blobs/sha256/$(printf stray | sha256sum | cut -c1-64)")
        let rest = try sandbox.tool("storage", "gc", "--json")
        #expect(rest.lines.count == 2 && rest.text.contains(#""kind":"blob""#), rest.everything)
        #expect(sandbox.layers(of: Driver(name: driver)) == [])
        #expect(Machine.list("\(images)/blobs/sha256") == [])
        try expectWhole()
    }

    @Test("gc removes the filters that were kept for other kernels, and what killed processes left there")
    func filters() throws {
        let driver = try #require(Driver.usable.first).name
        #expect(try sandbox.run("--storage", driver, "true").status == 0)
        let place = "\(sandbox.root)/seccomp"
        try shell("mkdir -p -m 700 $ROOT/seccomp")
        let kept = Machine.list(place).sorted()
        let old = [".0123456789ab", "standard1-a80425fb-x86_64-4.19.0", "standard0-a80425fb-" + kernel()]
        for name in old { Machine.write("\(place)/\(name)", "x") }
        let planned = try sandbox.tool("storage", "gc", "--dry-run", "--json")
        #expect(planned.lines.count { $0.contains(#""kind":"filter""#) } == 3, planned.everything)
        #expect(Machine.list(place).count == kept.count + 3)
        let done = try sandbox.tool("storage", "gc")
        #expect(done.lines.count { $0.hasPrefix("filter seccomp/") } == 3, done.everything)
        #expect(Machine.list(place).sorted() == kept)
        try expectWhole()
        try shell("chmod 777 $ROOT/seccomp")
        #expect(try sandbox.tool("storage", "verify").text.contains("seccomp: its mode is 777"))
        try expectRepair("seccomp")
    }

    /// This kernel, as filters are called after it.
    private func kernel() -> String {
        var system = utsname()
        uname(&system)
        func text(_ field: some Any) -> String {
            withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
        return "\(text(system.machine))-\(text(system.release))"
    }

    @Test("gc and runs at the same time: every run works")
    func concurrent() throws {
        let driver = try #require(Driver.usable.first).name
        for _ in 0..<10 {
            let runs = try (0..<4).map { _ in try sandbox.begin("--storage", driver, "echo", "hello") }
            let collector = try sandbox.start(["storage", "gc"])
            for run in runs.map({ $0.finish() }) { #expect(run.text == "hello\n", run.everything) }
            let outcome = collector.finish()
            #expect(outcome.status == 0, outcome.everything)
        }
        try expectWhole()
    }
}
