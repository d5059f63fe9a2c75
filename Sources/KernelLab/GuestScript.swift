/// What runs in a booted kernel: it sets the machine up, has mydocker try and measure everything, and writes what came
/// of it to the second disk.
struct GuestScript {
    let disks: (scratch: String, result: String)
    let modules: [String]
    let cgroups: CgroupLayout
    /// The options of `storage check`, nil if nothing is to be tried, and of `storage bench`.
    let check: [String]?
    let bench: [String]

    /// Lines of progress on the console begin so.
    static let mark = "##mydocker "
    static let end = "== end"

    /// What the kernel starts: it leaves the initramfs, because nobody can pivot_root(2) away from that.
    static let first = """
        #!/bin/busybox sh
        /bin/busybox mkdir /new
        /bin/busybox mount -t tmpfs -o size=75%,mode=755 root /new
        for name in *; do case $name in new|init) ;; *) /bin/busybox cp -a $name /new/ ;; esac; done
        exec /bin/busybox switch_root /new /main
        """

    /// What is started after that.
    var main: String {
        """
        #!/bin/busybox sh
        /bin/busybox --install -s /bin
        export PATH=/bin
        mkdir -p /proc /sys /dev /tmp /run /scratch
        mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs dev /dev
        mkdir -p /dev/pts /dev/shm; mount -t devpts devpts /dev/pts; mount -t tmpfs shm /dev/shm
        mount -t tmpfs tmp /tmp
        for module in \(modules.joined(separator: " ")); do insmod /modules/$module 2>/dev/null; done
        \(cgroups.script)
        ip link set lo up 2>/dev/null
        mount -t ext4 \(disks.scratch) /scratch 2>/dev/null || mount -t tmpfs scratch /scratch
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
        part info mydocker storage info --json
        part limits limits
        \(check.map { "part check mydocker storage check --json \(Self.quoted($0))" } ?? ":")
        part bench mydocker storage bench --json \(Self.quoted(bench))
        echo "\(Self.end)" >> /tmp/result
        cat /tmp/result > \(disks.result)
        sync
        \(Self.ending)
        """
    }

    /// Words for a shell.
    static func quoted(_ words: [String]) -> String {
        words.map {
            "'" + $0.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
        }.joined(separator: " ")
    }

    /// A user-mode kernel halts; QEMU ends when the machine is reset (-no-reboot).
    private static let ending = "case $(cat /proc/cmdline) in *ubd0*) halt -f ;; *) reboot -f ;; esac"
}
