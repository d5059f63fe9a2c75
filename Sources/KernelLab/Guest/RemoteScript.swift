/// What runs on another machine, over one connection: first with the shell that is there, then with a busybox of ours.
///
/// It asks for one file after the other on its output, `##mydocker send NAME`, and gets no byte more than that: what reads
/// them there may take more than it was told to. All it makes is one directory; mounts and processes are in namespaces
/// of their own. That its input ends says that the connection has: then too it ends everything and removes the directory.
struct RemoteScript {
    let architecture: String
    /// The files' sizes, in bytes; no image without a size.
    let busybox: Int
    let files: Int
    let image: Int?

    /// What it may need of the disk there, in KiB: every driver unpacks the image.
    var space: Int { (files + 6 * (image ?? 0)) >> 10 + 1 << 20 }

    /// The names that it asks for files by.
    enum Part: String {
        case busybox, script, files, image
    }

    /// The words before what is wrong on a line of progress.
    static let refused = "refused "

    /// What ssh is given to run.
    ///
    /// Anybody's login shell reads it: it is one line, in single quotes, with nothing in it that csh would change.
    ///
    /// - Parameter script: the size of ``script``, in bytes.
    func command(script: Int) -> String {
        let say = "echo \"\(GuestScript.mark)"
        let lines = [
            "m=$(uname -m)",
            "if [ \"$(id -u)\" != 0 ]; then \(say)\(Self.refused)root $(id -un)\"; exit 1; fi",
            "if [ \"$m\" != \(architecture) ]; then \(say)\(Self.refused)machine $m\"; exit 1; fi",
            "umask 077; d=",
            "for p in /var/tmp /tmp /root /var; do set -- $(df -Pk $p 2>/dev/null | tail -n 1)",
            "if [ \"${4:-0}\" -ge \(space) ]; then d=$(mktemp -d $p/mydocker-compare.XXXXXX) && break; fi; done",
            "if [ -z \"$d\" ]; then \(say)\(Self.refused)space \(space >> 10) MiB\"; exit 1; fi",
            // A signal ends a shell without what is to be done at its end, unless it has been told otherwise.
            "trap \"rm -rf $d\" EXIT; trap : HUP PIPE INT TERM",
            "\(say)send \(Part.busybox.rawValue)\"; head -c \(busybox) >$d/busybox; chmod 700 $d/busybox",
            "if $d/busybox true; then :; else \(say)\(Self.refused)start $d\"; exit 1; fi",
            "\(say)send \(Part.script.rawValue)\"; $d/busybox head -c \(script) >$d/script",
            "$d/busybox sh $d/script $d",
        ]
        return "exec /bin/sh -c '\(lines.joined(separator: "; "))'"
    }

    /// What the busybox that was sent runs.
    var script: String {
        """
        d=$1; b=$d/busybox; cd $d || exit 1
        exec 3>&1 4<&0
        trap : HUP PIPE INT TERM
        say() { echo "\(GuestScript.mark)$*" >&3; }
        # What is asked for; less of it comes if the connection ends.
        get() { say send $1; $b head -c $2 >$1 <&4; [ $($b wc -c <$1) = $2 ] || { say \(Self.refused)$1; exit 1; }; }
        $b mkdir root scratch
        get \(Part.files.rawValue) \(files)
        (cd root && $b cpio -id <../\(Part.files.rawValue) 2>/dev/null) || { say \(Self.refused)\(Part.files.rawValue); exit 1; }
        $b rm \(Part.files.rawValue)
        \(image.map { "get \(Part.image.rawValue) \($0); $b mv \(Part.image.rawValue) root\(GuestScript.image)" } ?? ":")
        # Cgroups are the machine's own: those that are made by this, and by nobody else, are removed.
        parents() { ls -d /sys/fs/cgroup/mydocker /sys/fs/cgroup/*/mydocker 2>/dev/null; }
        before=$(parents)
        $b unshare -m -p -f --propagation private $b sh -c '\(Self.inside)' sh $d </dev/null & work=$!
        # The first process of a PID namespace takes all others with it.
        stop() {
            for stat in /proc/[0-9]*/stat; do
                read -r pid name state parent rest <$stat 2>/dev/null && [ "$parent" = $work ] && kill -9 $pid
            done
        }
        (while read -r line <&4; do :; done; while kill -0 $work; do stop; $b sleep 1; done) >/dev/null 2>&1 3>&- & watch=$!
        wait $work
        kill $watch 2>/dev/null
        for name in $($b find scratch root/run -type d | $b sed -n "s|.*/\\([0-9a-f]\\{12,\\}\\)$|\\1|p"); do
            for parent in $(parents); do
                [ ! -d $parent/$name ] || $b find $parent/$name -depth -type d -exec $b rmdir {} \\; 2>/dev/null
            done
        done
        for parent in $(parents); do case "$before" in *$parent*) ;; *) $b rmdir $parent 2>/dev/null ;; esac; done
        cd /
        """
    }

    /// What is run in the namespaces, with the directory as $1.
    private static let inside = """
        d=$1; b=$d/busybox
        $b mount -o bind $d/root $d/root && cd $d/root || exit 1
        $b mkdir -p proc sys dev tmp scratch old run
        $b mount -t proc proc proc; $b mount -o rbind /sys sys; $b mount -o rbind /dev dev
        $b mount -o bind $d/scratch scratch; $b mount -t tmpfs tmp tmp
        $b pivot_root . old && cd / && /bin/busybox umount -l /old && exec /bin/busybox sh /main
        """

    /// What runs there in the end.
    static func main(_ work: GuestScript) -> String {
        work.text(setUp: ":", handOver: "cat /tmp/result")
    }
}
