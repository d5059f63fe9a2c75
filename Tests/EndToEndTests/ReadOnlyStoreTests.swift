import Testing

/// A store on a file system that is mounted read-only: what only reads works, and a container writes into memory.
@Suite("A read-only store", .serialized, .driver("overlay"))
struct ReadOnlyStoreTests {
    private let sandbox: Sandbox

    init() throws {
        sandbox = try Sandbox()
    }

    /// A script beside such a store, with the program as $1, and a /run of its own from which nothing may be started.
    private func onReadOnlyDisk(_ script: String) throws -> Outcome {
        let prelude = """
            mount -t tmpfs -o nosuid,nodev,noexec tmpfs /run
            $1 run --storage overlay --keep --name box sh -c 'rm /bin/vi; mkdir /new; echo written > /new/file'
            mount -o remount,ro $DIR/disk
            expect() { # STATUS TEXT COMMAND...
                local status=$1 text=$2 actual=0
                shift 2
                "$@" > $DIR/said 2>&1 < /dev/null || actual=$?
                [ $actual = $status ] && { [ -z "$text" ] || grep -qF -- "$text" $DIR/said; } && return
                echo "\\"$*\\" ended with $actual:"; cat $DIR/said; exit 1
            }

            """
        return try sandbox.onDiskOfItsOwn(prelude + script)
    }

    @Test("Everything that only reads works, and leaves nothing in memory")
    func reading() throws {
        let outcome = try onReadOnlyDisk(
            """
            expect 0 busybox $1 images
            expect 0 CONTAINER $1 ps
            expect 0 box $1 ps -a
            [ ! -e /run/mydocker ]
            expect 0 Layers $1 image inspect busybox
            expect 0 CREATED $1 image history busybox
            expect 0 "" $1 save -o $DIR/saved busybox
            expect 0 overlay $1 storage ls
            expect 0 overlay $1 storage info
            expect 0 busybox $1 storage df
            expect 0 "nothing is damaged" $1 storage verify
            expect 0 "A /new" $1 diff box
            expect 0 "" $1 export -o $DIR/exported box
            [ "$(tar -xOf $DIR/exported new/file)" = written ]
            tar -tf $DIR/exported | grep -x bin/vi && exit 1
            expect 0 written $1 cp box:/new/file -
            expect 0 containers/ $1 run --storage overlay --dry-run busybox true
            ls /run/mydocker/*/tmp /run/mydocker/*/containers | grep -v : | grep . && exit 1
            exit 0
            """)
        #expect(outcome.status == 0, outcome.everything)
    }

    @Test("What would change it is refused in one way")
    func changing() throws {
        let outcome = try onReadOnlyDisk(
            """
            for command in "rm box" "rmi -f busybox" "tag busybox other" "load -i $DIR/saved" "commit box new" \\
                "storage verify --repair"; do
                $1 save busybox > $DIR/saved
                expect 125 "Read-only file system" $1 $command
            done
            expect 125 "cannot be kept" $1 run --storage overlay --keep busybox true
            expect 125 "not unpacked for the storage driver bind" $1 run --storage bind busybox true
            expect 125 "already" $1 run --storage overlay --name box busybox true
            expect 0 box $1 ps -a
            """)
        #expect(outcome.status == 0, outcome.everything)
    }

    @Test("Containers run, with names, and are seen by all commands", arguments: ["overlay", "bind"])
    func running(driver: String) throws {
        let outcome = try onReadOnlyDisk(
            """
            mount -o remount,rw $DIR/disk
            $1 run --storage \(driver) true
            mount -o remount,ro $DIR/disk
            mkfifo $DIR/go $DIR/ready
            $1 run -i --storage \(driver) --name one sh -c 'echo here > /written; /bin/busybox cat /written; read line' \\
                < $DIR/go > $DIR/ready & pid=$!
            exec 7> $DIR/go
            read line < $DIR/ready; [ $line = here ]
            expect 0 one $1 ps
            expect 125 already $1 run --storage \(driver) --name one true
            expect 0 "A /written" $1 diff one
            expect 0 here $1 cp one:/written -
            # Killed, together with what it has run.
            kill -9 $pid; wait $pid || true
            expect 0 "cleaned up" $1 ps -a
            ls /run/mydocker/*/*/ | grep -v : | grep . && exit 1
            $1 run --storage \(driver) --name one true
            $1 run --storage \(driver) sh -c 'rm /bin/sh; exit 3' || [ $? = 3 ]
            ls /run/mydocker/*/*/ | grep -v : | grep . && exit 1
            mount -o remount,rw $DIR/disk
            $1 storage verify
            """)
        #expect(outcome.status == 0, outcome.everything)
    }
}
