import Glibc
import Testing

/// Damage whose repair could make things worse: what only containers have must come out of it whole.
@Suite("storage verify --repair loses nothing")
struct StorageRepairTests {
    private let sandbox: Sandbox
    private let archive: String

    init() throws {
        sandbox = try Sandbox()
        archive = "\(sandbox.directory)/second.tar"
    }

    private func shell(_ script: String) throws {
        let setup = Program.Setup(environment: ["ROOT": sandbox.root, "DIR": sandbox.directory])
        let outcome = try Program(["sh", "-ec", script], setup).finish()
        try #require(outcome.status == 0, outcome.everything)
    }

    /// A container `box` on an image `second`, which is saved too.
    private func build(_ driver: String) throws {
        let first = try sandbox.run(
            "--storage", driver, "--keep", "--name", "first", "sh", "-c", "echo second > /second")
        try #require(first.status == 0, first.everything)
        try #require(try sandbox.tool("commit", "first", "second").status == 0)
        try #require(try sandbox.tool("rm", "first").status == 0)
        try #require(try sandbox.tool("save", "-o", archive, "second").status == 0)
        let box = try sandbox.run(
            "--storage", driver, "--image", "second", "--keep", "--name", "box", "sh", "-c", "echo box > /box"
        )
        try #require(box.status == 0, box.everything)
    }

    private func expectBox(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let whole = try sandbox.tool("storage", "verify")
        #expect(
            whole.status == 0 && whole.text == "nothing is damaged\n", whole.everything,
            sourceLocation: sourceLocation)
        let setup = Program.Setup(environment: ["MYDOCKER_ROOT": sandbox.root])
        let script = "\"$1\" export box | tar -xO second box bin/busybox | wc -c"
        let sizes = try Program(["sh", "-c", script, "sh", Tool.binary], setup).finish()
        let busybox = try sandbox.run("sh", "-c", "wc -c < /bin/busybox")
        #expect(
            Int(sizes.lines[0]) == Int(busybox.lines[0]).map { $0 + 7 + 4 }, sizes.everything,
            sourceLocation: sourceLocation)
    }

    private func verify(
        _ status: Int32, _ text: String, repairing: Bool = true,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let outcome = try sandbox.start(["storage", "verify"] + (repairing ? ["--repair"] : [])).finish()
        #expect(
            outcome.status == status && outcome.text.contains(text), outcome.everything,
            sourceLocation: sourceLocation)
    }

    private func sql(_ statement: String) throws {
        let script = """
            import sqlite3, sys
            db = sqlite3.connect(sys.argv[1]); db.execute("PRAGMA foreign_keys = ON")
            db.execute(sys.argv[2]); db.commit()
            """
        let outcome = try Program(["python3", "-c", script, "\(sandbox.root)/storage/metadata.db", statement])
            .finish()
        try #require(outcome.status == 0, outcome.everything)
    }

    @Test(
        "What a container wrote is its own again when only its row is gone", .needs("python3"),
        arguments: Driver.usable.map(\.name))
    func row(driver: String) throws {
        try build(driver)
        try sql("DELETE FROM snapshots WHERE kind = 'active'")
        // A process that died makes the next command look for what belongs to nobody.
        try shell("mkdir $ROOT/tmp/of-the-dead")
        #expect(try sandbox.run("true").status == 0)
        try verify(1, "it belongs to no snapshot", repairing: false)
        try verify(0, "it is the container box's again")
        try expectBox()
    }

    @Test(
        "Metadata lost together with an image: the container's layers stay, and loading the image completes it",
        arguments: Driver.usable.map(\.name))
    func orphans(driver: String) throws {
        try build(driver)
        #expect(try sandbox.tool("rmi", "-f", "second").status == 0)
        try shell("rm $ROOT/storage/metadata.db*")
        // Without a union the layer is the whole tree.
        let isUnion = driver != "bind"
        try verify(isUnion ? 1 : 0, isUnion ? "load or import its image again" : "made again")
        #expect(try sandbox.tool("storage", "gc").status == 0)
        #expect(try sandbox.tool("load", "-i", archive).status == 0)
        if isUnion { try verify(0, "is said to lie on nothing") }
        try expectBox()
    }

    @Test(
        "Metadata lost together with a layer's directory: both are made again",
        arguments: Driver.usable.map(\.name))
    func layerToo(driver: String) throws {
        try build(driver)
        try shell(
            """
            rm $ROOT/storage/metadata.db*
            # A layer has a longer name than a container.
            for F in $ROOT/storage/\(driver)/snapshots/?????????????*/fs; do
                if [ -e $F/bin/ls ]; then rm -r ${F%/fs}; break; fi
            done
            """)
        try verify(0, "made again")
        try expectBox()
    }

    @Test("A layer that is an image is checked by its digest, and unpacked again", .driver("erofs"))
    func digest() throws {
        try build("erofs")
        try shell(
            """
            for F in $ROOT/storage/erofs/snapshots/*/layer.erofs; do
                printf x | dd of=$F bs=1 seek=2000 conv=notrunc 2>/dev/null
            done
            """)
        try verify(1, "layer.erofs: its digest is not what was recorded", repairing: false)
        try verify(0, "unpacked again")
        try expectBox()
    }

    @Test("Metadata are not replaced while a container runs, which may be about to write to them")
    func busy() throws {
        let driver = try #require(Driver.usable.first).name
        try build(driver)
        let running = try sandbox.begin("-i", "sh", "-c", "echo ready; read line")
        #expect(try running.line() == "ready")
        try shell("truncate -s 5000 $ROOT/storage/metadata.db; rm -f $ROOT/storage/metadata.db-*")
        try verify(1, "when they have ended")
        running.send("go\n")
        #expect(running.finish().status == 0)
        try verify(0, "made again")
        try expectBox()
    }

    @Test("An index that is gone is a loss, not an empty store: nothing begins anew, and gc removes nothing")
    func index() throws {
        let driver = try #require(Driver.usable.first).name
        try build(driver)
        let blobs = Machine.list("\(sandbox.root)/images/blobs/sha256")
        try shell("rm $ROOT/images/index.json")
        for words in [
            ["images"], ["load", "-i", archive], ["storage", "gc"], ["storage", "gc", "--dry-run"],
        ] {
            let outcome = try sandbox.start(words).finish()
            #expect(outcome.status == 125 && outcome.errors.contains("verify --repair"), outcome.everything)
        }
        #expect(Machine.list("\(sandbox.root)/images/blobs/sha256") == blobs)
        try verify(1, "it is missing", repairing: false)
        try verify(0, "found 2 images")
        #expect(try sandbox.tool("load", "-i", archive).status == 0)
        #expect(try sandbox.tool("images").lines.count == 3)
        let id = try #require(
            try sandbox.tool("images").lines.first { $0.hasPrefix("<none>") }?.split(separator: " ")[2])
        #expect(try sandbox.tool("tag", String(id), "busybox").status == 0)
        try expectBox()
    }

    @Test("An image for other machines is no damage, and does not keep gc from layers", .needs("python3"))
    func otherMachines() throws {
        let driver = try #require(Driver.usable.first).name
        try build(driver)
        let script = """
            import hashlib, json, sys
            root = sys.argv[1] + "/images/"
            index = json.load(open(root + "index.json"))
            inner = [dict(e, platform={"architecture": "s390x", "os": "linux"}) for e in index["manifests"][:1]]
            for e in inner: e.pop("annotations", None)
            data = json.dumps({"schemaVersion": 2, "manifests": inner}).encode()
            digest = hashlib.sha256(data).hexdigest()
            open(root + "blobs/sha256/" + digest, "wb").write(data)
            index["manifests"].append({
                "mediaType": "application/vnd.oci.image.index.v1+json", "digest": "sha256:" + digest,
                "size": len(data), "annotations": {"org.opencontainers.image.ref.name": "other:1"}})
            json.dump(index, open(root + "index.json", "w"))
            """
        let made = try Program(["python3", "-c", script, sandbox.root]).finish()
        try #require(made.status == 0, made.everything)
        try expectBox()
        #expect(try sandbox.tool("rm", "box").status == 0)
        #expect(try sandbox.tool("rmi", "second").status == 0)
        let collected = try sandbox.tool("storage", "gc")
        #expect(collected.text.contains("layer \(driver) "), collected.everything)
    }

    @Test(
        "Each file that differs in a layer is named, with what is other about it",
        arguments: Driver.usable.map(\.name))
    func differences(driver: String) throws {
        try build(driver)
        try shell(
            """
            # A layer has a longer name than a container.
            for F in $ROOT/storage/\(driver)/snapshots/?????????????*/fs; do
                if [ -e $F/bin/ls ]; then cd $F; break; fi
            done
            [ "${PWD#$ROOT}" != "$PWD" ]
            T=$(stat -c %y bin/busybox)
            printf X | dd of=bin/busybox bs=1 seek=5000 conv=notrunc status=none; touch -d "$T" bin/busybox
            chmod 700 etc; chown 7 etc/passwd; mkdir extra; touch extra/file; rm bin/vi; touch -hd 2001-01-01 bin/ls
            setfattr -n user.mark -v 1 etc/group; echo x >> etc/group; ln -sf other bin/cat
            """)
        let found = try sandbox.tool("storage", "verify")
        for line in [
            "C /bin/busybox: other content or links\n", "C /etc: other mode\n",
            "C /etc/passwd: other owner\n",
            "A /extra: should not be there\n", "D /bin/vi: is missing\n", "C /bin/ls: other time\n",
            "C /etc/group: other time, extended attributes, size\n", "C /bin/cat: other time, target",
        ] {
            #expect(found.text.contains(line), found.everything)
        }
        #expect(!found.text.contains("extra/file") && found.status == 1, found.everything)
        try verify(0, "repaired: unpacked again")
        try expectBox()
    }

    @Test("rm with damaged metadata takes nothing away")
    func removal() throws {
        let driver = try #require(Driver.usable.first).name
        try build(driver)
        try shell("truncate -s 5000 $ROOT/storage/metadata.db; rm -f $ROOT/storage/metadata.db-*")
        let refused = try sandbox.tool("rm", "box")
        #expect(refused.status == 125 && refused.errors.contains("verify --repair"), refused.everything)
        try verify(0, "made again")
        try expectBox()
        #expect(try sandbox.tool("rm", "box").status == 0)
    }

    @Test("A full disk is an error, and not a store that is whole")
    func fullDisk() throws {
        try build(try #require(Driver.usable.first).name)
        let script = """
            mkdir $DIR/small; mount -t tmpfs -o size=9m small $DIR/small; cp -a $ROOT $DIR/small/store
            head -c 20000000 /dev/zero > $DIR/small/filler 2>/dev/null; truncate -s -600K $DIR/small/filler
            MYDOCKER_ROOT=$DIR/small/store exec "$1" storage verify
            """
        let setup = Program.Setup(environment: ["ROOT": sandbox.root, "DIR": sandbox.directory])
        let outcome = try Program(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh", Tool.binary], setup
        ).finish()
        #expect(outcome.status == 125 && outcome.errors.contains("No space left"), outcome.everything)
    }

    @Test("What dead processes left is told and removed by gc, and df counts it")
    func leftovers() throws {
        #expect(try sandbox.run("--storage", "bind", "true").status == 0)
        try shell("mkdir $ROOT/tmp/of-the-dead; head -c 1000000 /dev/urandom > $ROOT/tmp/of-the-dead/file")
        let planned = try sandbox.tool("storage", "gc", "--dry-run")
        #expect(
            planned.lines.count == 2 && planned.text.contains("temporary tmp/of-the-dead"), planned.everything
        )
        #expect(Machine.list("\(sandbox.root)/tmp") == ["of-the-dead"])
        let removed = try sandbox.tool("storage", "gc")
        #expect(removed.lines.first == planned.lines.first, removed.everything)
        #expect(Machine.list("\(sandbox.root)/tmp") == [])
        #expect(try sandbox.tool("rmi", "busybox").status == 0)
        let usage = try sandbox.tool("storage", "df", "--json")
        #expect(!usage.text.contains("\"reclaimable\" : 0"), usage.everything)
        #expect(try sandbox.tool("storage", "gc").lines.count == 2)
        let empty = try sandbox.tool("storage", "df", "--json")
        #expect(empty.text.contains("\"reclaimable\" : 0"), empty.everything)
    }

    @Test(
        "A record that is garbage or gone is written again out of the metadata", arguments: ["echo {", "rm"])
    func record(damage: String) throws {
        try build(try #require(Driver.usable.last).name)
        let id = try #require(Machine.link("\(sandbox.root)/names/box"))
        let file = "\(sandbox.root)/kept/\(id)/container.json"
        try shell(damage == "rm" ? "rm \(file)" : "\(damage) > \(file)")
        try verify(1, "kept/\(id)", repairing: false)
        try verify(0, "its record was written again")
        let listed = try sandbox.tool("ps", "-a")
        #expect(listed.text.contains("box") && listed.text.contains("second"), listed.everything)
        try expectBox()
        #expect(try sandbox.tool("rm", "box").status == 0)
    }
}
