import Testing

/// S7 and S8 of the list that every driver must survive: archives that grow, and what other users see of them.
@Suite("Archives that are bombs, racing containers, files that are not for everyone")
struct HostileContentTests {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
    }

    /// A script with the store on a small file system of its own and little memory; the program is $1.
    private func inSmallPlace(_ script: String) throws -> Outcome {
        let prelude = """
            set -e
            mkdir $DIR/small; mount -t tmpfs -o size=48m small $DIR/small; cp -a $MYDOCKER_ROOT $DIR/small/store
            export MYDOCKER_ROOT=$DIR/small/store; ulimit -v 500000; set +e

            """
        // Whatever it says: nothing is left, and the image that was there works.
        let end = """

            ls $MYDOCKER_ROOT/containers $MYDOCKER_ROOT/tmp $MYDOCKER_ROOT/names | grep -v : | grep .
            $1 run echo alive
            """
        return try Program(
            [
                "unshare", "--mount", "--propagation", "private", "sh", "-c", prelude + script + end, "sh",
                Tool.binary,
            ],
            .init(environment: ["MYDOCKER_ROOT": sandbox.root, "DIR": sandbox.directory])
        ).finish()
    }

    /// Python that writes archives; `entry` makes a header, `member` a piece of a gzip stream.
    private static let python = """
        import sys, io, gzip, json, hashlib, tarfile
        out = sys.stdout.buffer
        def entry(name, size=0, **fields):
            info = tarfile.TarInfo(name)
            info.size = size
            for field, value in fields.items(): setattr(info, field, value)
            return info.tobuf(tarfile.PAX_FORMAT)
        def member(data): return gzip.compress(data, 1)
        def file(name, data): return entry(name, len(data)) + data + bytes(-len(data) % 512)
        zeros = bytes(16 << 20)

        """

    private func script(_ python: String, _ command: String) -> String {
        "cat > $DIR/make.py <<'END'\n\(Self.python)\(python)\nEND\npython3 $DIR/make.py | \(command)"
    }

    @Test("S7: a gigabyte of zeros in a megabyte of gzip fills the disk, and no memory, and is gone again")
    func gzip() throws {
        let bomb = "out.write(member(entry('zeros', 1 << 30)) + member(zeros) * 64 + member(bytes(1024)))"
        let outcome = try inSmallPlace(script(bomb, "$1 image import - bomb; echo status $?"))
        #expect(outcome.lines == ["status 125", "alive"], outcome.everything)
        #expect(outcome.errors.contains("No space left on device"), outcome.everything)
    }

    @Test(
        "S7: the same in an image that is loaded fills it when it is unpacked",
        arguments: Driver.usable.map(\.name))
    func loaded(driver: String) throws {
        let bomb = """
            layer = member(entry('zeros', 1 << 30)) + member(zeros) * 64 + member(bytes(1024))
            digest = hashlib.sha256(entry('zeros', 1 << 30))
            for _ in range(64): digest.update(zeros)
            digest.update(bytes(1024))
            config = json.dumps({'architecture': 'amd64', 'os': 'linux', 'config': {'Cmd': ['true']},
                'rootfs': {'type': 'layers', 'diff_ids': ['sha256:' + digest.hexdigest()]}}).encode()
            manifest = json.dumps([{'Config': 'c.json', 'RepoTags': ['bomb:latest'], 'Layers': ['l.tar']}]).encode()
            out.write(file('c.json', config) + file('l.tar', layer) + file('manifest.json', manifest) + bytes(1024))
            """
        let run = "$1 load >/dev/null; $1 run --storage \(driver) bomb; echo status $?"
        let outcome = try inSmallPlace(script(bomb, run))
        #expect(outcome.lines == ["status 125", "alive"], outcome.everything)
        #expect(outcome.errors.contains("No space left on device"), outcome.everything)
    }

    @Test("S7: a sparse file of almost 8 EiB is an error or a hole, never a disk full of zeros")
    func sparse() throws {
        let bomb = """
            size = (1 << 63) - 512
            out.write(entry('holes', 512, pax_headers={'GNU.sparse.major': '1', 'GNU.sparse.minor': '0',
                'GNU.sparse.name': 'holes', 'GNU.sparse.realsize': str(size)}))
            out.write((b'1\\n%d\\n0\\n' % size).ljust(512, bytes(1)) + bytes(1024))
            """
        let run = "$1 image import - bomb >/dev/null; $1 run --image bomb true; echo status $?"
        let outcome = try inSmallPlace(script(bomb, run))
        // tmpfs can hold such a hole, and then there is no command; most file systems cannot.
        #expect(["status 127", "status 125"].contains(outcome.lines.first), outcome.everything)
        #expect(outcome.lines.count == 2 && outcome.lines.last == "alive", outcome.everything)
        #expect(!outcome.errors.contains("No space left on device"), outcome.everything)
    }

    @Test("S7: a pax header of 100 MiB is refused before it is read", arguments: ["x", "g"])
    func header(type: String) throws {
        let bomb = """
            header = bytearray(entry('header', 100 << 20))
            header[156] = ord('\(type)')
            header[148:156] = b' ' * 8
            header[148:156] = b'%06o\\0 ' % sum(header)
            out.write(header)
            for _ in range(100): out.write(bytes(1 << 20))
            """
        let outcome = try inSmallPlace(script(bomb, "$1 image import - bomb; echo status $?"))
        #expect(outcome.lines == ["status 125", "alive"], outcome.everything)
    }

    @Test("S7: 300 000 entries take no more memory than their names")
    func entries() throws {
        let bomb = """
            for number in range(300000): out.write(entry('directory-%d/file-with-a-long-name-%d' % (number % 7, number)))
            out.write(bytes(1024))
            """
        // Here there is room for all of them.
        let setup = Program.Setup(environment: ["MYDOCKER_ROOT": sandbox.root, "DIR": sandbox.directory])
        let words = [
            "sh", "-c", "ulimit -v 500000; " + script(bomb, "$1 image import - bomb; echo status $?"), "sh",
        ]
        let outcome = try Program(words + [Tool.binary], setup).finish()
        #expect(outcome.lines.last == "status 0", outcome.everything)
        sandbox.expectClean()
    }

    @Test("S8: nobody else reaches a setuid file in a layer, a write layer or a running container")
    func otherUsers() throws {
        let container = try sandbox.begin(
            "-i", "--name", "one", "sh", "-c",
            "cp /bin/busybox /evil; chmod 4755 /evil; echo ready; read line")
        #expect(try container.line() == "ready")
        // As far as it depends on the store, and not on where it is.
        let script = """
            chmod 755 $DIR
            for path in $(find $MYDOCKER_ROOT ! -type l); do
                setpriv --reuid 65534 --regid 65534 --clear-groups test -e "$path" && echo "$path"
            done
            """
        let setup = Program.Setup(environment: ["MYDOCKER_ROOT": sandbox.root, "DIR": sandbox.directory])
        let seen = try Program(["sh", "-c", script], setup).finish()
        // Its own name, and nothing below it.
        #expect(seen.lines == [sandbox.root] && seen.errors == "", seen.everything)
        container.send("\n")
        #expect(container.finish().status == 0)
        sandbox.expectClean()
    }

    @Test(
        "S6: a container that swaps directories for links shows nothing of the host to export, commit and cp")
    func race() throws {
        let secret = "\(sandbox.directory)/secret"
        #expect(try Program(["mkdir", secret]).finish().status == 0)
        Machine.write("\(secret)/file", "SECRET")
        let loop = """
            mkdir -p /d/d; echo mine > /d/d/file; echo ready
            while :; do mv /d/d /d/x; ln -s \(secret) /d/d; rm /d/d; mv /d/x /d/d; done
            """
        let container = try sandbox.begin("--name", "one", "sh", "-c", loop)
        #expect(try container.line() == "ready")
        for _ in 0..<8 {
            // It may fail because something has just gone; it may not show what is not the container's.
            let commands = [
                ["export", "one"], ["cp", "one:/d/d/file", "-"], ["cp", "one:/d", "-"],
                ["cp", "one:/d/d/.", "-"],
            ]
            for words in commands {
                let outcome = try sandbox.start(words).finish()
                #expect(!outcome.text.contains("SECRET"), "\(words)")
                #expect(outcome.status == 0 || !outcome.errors.isEmpty, "\(words)")
            }
            let into = try sandbox.start(["cp", "/etc/hostname", "one:/d/d/stolen"]).finish()
            #expect(into.status == 0 || !into.errors.isEmpty)
        }
        #expect(try sandbox.tool("commit", "--pause=false", "one", "raced").status <= 125)
        #expect(Machine.list(secret) == ["file"])
        #expect(try sandbox.tool("rm", "-f", "one").status == 0)
        #expect(container.finish().status == 137)
        sandbox.expectClean()
    }
}
