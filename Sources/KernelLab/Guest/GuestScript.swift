/// What runs on another kernel or machine: it has mydocker try and measure everything, part by part.
struct GuestScript {
    /// The options of `storage check`, nil if nothing is to be tried; and of `storage bench`, nil if nothing is to be measured.
    let check: [String]?
    let bench: [String]?

    /// Lines of progress begin so.
    static let mark = "##mydocker "
    static let end = "== end"
    /// Where the image is, if it is a file there.
    static let image = "/image.tar"

    /// The script.
    ///
    /// - Parameters:
    ///   - setUp: what makes the machine what the rest expects: file systems, and an empty directory `/scratch` on a disk.
    ///   - handOver: what takes `/tmp/result` to where it is read, and ends the machine.
    func text(setUp: String, handOver: String) -> String {
        """
        #!/bin/busybox sh
        /bin/busybox --install -s /bin
        export PATH=/bin
        \(setUp)
        mkdir /scratch/rootfs; cp /bin/busybox /scratch/rootfs/busybox
        export MYDOCKER_ROOT=/scratch/store MYDOCKER_DRIVER_PATH=/\(GuestFiles.drivers)
        part() {
            echo "\(Self.mark)$1"; echo "== $1" >> /tmp/result; name=$1; shift
            "$@" >> /tmp/result 2>/tmp/errors; status=$?
            [ $status = 0 ] || cat /tmp/errors
            { echo; echo "== $name\(ReportPart.ending)"; echo $status; tail -n 1 /tmp/errors; } >> /tmp/result
        }
        limits() { mydocker run --rootfs /scratch/rootfs --storage bind -m 64m --pids-limit 50 /busybox echo applied 2>&1; }
        part release uname -r
        part machine cat /proc/cpuinfo
        part info mydocker storage info --json
        part limits limits
        \(check.map { "part check mydocker storage check --json \(Self.quoted($0))" } ?? ":")
        \(bench.map { "part bench mydocker storage bench --json \(Self.quoted($0))" } ?? ":")
        echo "\(Self.end)" >> /tmp/result
        \(handOver)
        """
    }

    /// Words for a shell.
    static func quoted(_ words: [String]) -> String {
        words.map {
            "'" + $0.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
        }.joined(separator: " ")
    }
}

/// What a booted kernel starts.
struct BootScript {
    let disks: (scratch: String, result: String)
    let modules: [String]
    let cgroups: CgroupLayout
    let work: GuestScript

    /// What it starts first: it leaves the initramfs, because nobody can pivot_root(2) away from that.
    static let first = """
        #!/bin/busybox sh
        /bin/busybox mkdir /new
        /bin/busybox mount -t tmpfs -o size=75%,mode=755 root /new
        for name in *; do case $name in new|init) ;; *) /bin/busybox cp -a $name /new/ ;; esac; done
        exec /bin/busybox switch_root /new /main
        """

    /// What is started after that.
    var main: String {
        work.text(
            setUp: """
                mkdir -p /proc /sys /dev /tmp /run /scratch
                mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs dev /dev
                ln -s /proc/self/fd /dev/fd; for n in 0 in 1 out 2 err; do case $n in [012]) f=$n ;; *) ln -s fd/$f /dev/std$n ;; esac; done
                mkdir -p /dev/pts /dev/shm; mount -t devpts devpts /dev/pts; mount -t tmpfs shm /dev/shm
                mount -t tmpfs tmp /tmp
                for module in \(modules.joined(separator: " ")); do insmod /modules/$module 2>/dev/null; done
                \(cgroups.script)
                ip link set lo up 2>/dev/null
                mount -t ext4 \(disks.scratch) /scratch 2>/dev/null || mount -t tmpfs scratch /scratch
                """,
            handOver: """
                cat /tmp/result > \(disks.result)
                sync
                \(Self.ending)
                """)
    }

    /// A user-mode kernel halts; QEMU ends when the machine is reset (-no-reboot).
    private static let ending = "case $(cat /proc/cmdline) in *ubd0*) halt -f ;; *) reboot -f ;; esac"
}
