import Glibc
import Testing

@Suite("Stores and roots that cannot be used")
struct BadStoreTests {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
    }

    /// A script in a mount namespace of its own, with the store as $MYDOCKER_ROOT and the program as $1.
    private func inNamespace(_ script: String) throws -> Outcome {
        try Program(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh", Tool.binary],
            .init(environment: ["MYDOCKER_ROOT": sandbox.root, "DIR": sandbox.directory])
        ).finish()
    }

    @Test("--rootfs that does not exist, is a file, or is empty")
    func badRootFS() throws {
        let missing = try sandbox.run("--rootfs", "\(sandbox.directory)/missing", "true")
        #expect(missing.status == 125 && missing.errors.contains("no such file"), missing.everything)
        let file = try sandbox.run("--rootfs", "/etc/passwd", "true")
        #expect(file.status == 125 && file.errors.contains("not a directory"), file.everything)
        mkdir("\(sandbox.directory)/empty", 0o755)
        let empty = try sandbox.run("--rootfs", "\(sandbox.directory)/empty", "true")
        #expect(empty.status == 127, empty.everything)
        let none = try sandbox.run("--rootfs", "\(sandbox.directory)/empty")
        #expect(none.status == 125 && none.errors.contains("no command"), none.everything)
        sandbox.expectClean()
    }

    @Test("--root that is a file, or lies in one")
    func fileAsRoot() throws {
        for root in ["/etc/passwd", "/etc/passwd/store", "/proc/store"] {
            let outcome = try sandbox.run("--root", root, "true")
            #expect(outcome.status == 125 && outcome.errors.contains(root), outcome.everything)
        }
    }

    @Test("A store on a read-only file system without what is asked for: a clear error")
    func readOnlyStore() throws {
        let readOnly =
            "mount -t tmpfs run /run && mount --bind $DIR $DIR && mount -o remount,bind,ro $DIR && "
        let unpacked = try inNamespace(readOnly + "exec $1 run echo hello")
        #expect(unpacked.status == 125 && unpacked.errors.contains("is read-only"), unpacked.everything)
        let none = try inNamespace(readOnly + "exec $1 run --root $DIR/none echo hello")
        #expect(none.status == 125 && none.errors.contains("Read-only file system"), none.everything)
        sandbox.expectClean()
    }

    @Test(
        "A store on a full file system: a clear error, and nothing left", arguments: Driver.usable.map(\.name)
    )
    func fullStore(driver: String) throws {
        let outcome = try inNamespace(
            """
            mkdir $DIR/small; mount -t tmpfs -o size=3m small $DIR/small; cp -a $MYDOCKER_ROOT $DIR/small/store
            export MYDOCKER_ROOT=$DIR/small/store; head -c 9000000 /dev/zero > $DIR/small/filler 2>/dev/null
            $1 run --storage \(driver) echo hello; status=$?
            ls $MYDOCKER_ROOT/containers $MYDOCKER_ROOT/tmp $MYDOCKER_ROOT/names | grep -v : | grep .
            exit $status
            """)
        #expect(outcome.status == 125 && outcome.errors.contains("No space left"), outcome.everything)
        #expect(outcome.text == "")
    }

    @Test("A write layer that fills its file system: the command sees it, mydocker does not")
    func fullWriteLayer() throws {
        let outcome = try inNamespace(
            """
            mkdir $DIR/small; mount -t tmpfs -o size=20m small $DIR/small; cp -a $MYDOCKER_ROOT $DIR/small/store
            export MYDOCKER_ROOT=$DIR/small/store
            $1 run sh -c 'head -c 30000000 /dev/zero > /fill || exit 9'; status=$?
            ls $MYDOCKER_ROOT/containers $MYDOCKER_ROOT/tmp $MYDOCKER_ROOT/names | grep -v : | grep .
            $1 run echo again; exit $status
            """)
        #expect(outcome.status == 9 && outcome.text == "again\n", outcome.everything)
    }

    @Test(
        "A store on overlay or tmpfs: some driver works, or each says why not",
        arguments: ["tmpfs", "overlay"])
    func otherFileSystems(type: String) throws {
        let options = type == "tmpfs" ? "" : "-o lowerdir=$DIR/l,upperdir=$DIR/t/u,workdir=$DIR/t/w"
        let outcome = try inNamespace(
            """
            set -e; cd $DIR; mkdir -p l t m; mount -t tmpfs t t; mkdir t/u t/w; mount -t \(type) \(options) m $DIR/m
            cp -a $MYDOCKER_ROOT m/store; export MYDOCKER_ROOT=$DIR/m/store
            exec $1 run sh -c 'rm /bin/vi; echo hello > /new; cat /new'
            """)
        #expect(outcome.status == 0 && outcome.text == "hello\n", outcome.everything)
    }

    @Test("root's store is no ordinary user's: 125 and a word about it")
    func notRoot() throws {
        let runtime = "\(sandbox.directory)/runtime"
        mkdir(runtime, 0o700)
        chown(runtime, 65534, 65534)
        let copy = "\(sandbox.directory)/mydocker"
        try #require(try Program(["install", "-m", "755", Tool.binary, copy]).finish().status == 0)
        chmod(sandbox.directory, 0o755)
        for words in [["run", "true"], ["run", "--rootfs", "/", "true"], ["ps"]] {
            let outcome = try Program(
                ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", copy] + words,
                .init(environment: ["MYDOCKER_ROOT": sandbox.root, "XDG_RUNTIME_DIR": runtime])
            ).finish()
            #expect(
                outcome.status == 125
                    && (outcome.errors.contains("Permission denied")
                        || outcome.errors.contains("user namespace")),
                outcome.everything)
        }
        sandbox.expectClean()
    }

    @Test("The store is root's alone")
    func mode() throws {
        _ = try sandbox.run("true")
        var status = stat()
        #expect(lstat(sandbox.root, &status) == 0 && status.st_mode & 0o077 == 0)
    }
}
