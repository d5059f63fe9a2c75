"""From the last word of a command to the end of the whole."""
from suite.row import row

WRITE = "mkdir {0}/many; cd {0}/many; i=0; while [ $i -lt 50000 ]; do : >f$i; i=$((i+1)); done; echo done"
# What a container's end costs the kernel whoever has made it: the last process of the mount namespace ends.
KERNEL = ("cd $1; mkdir l u w m; mount -t overlay -o lowerdir=l,upperdir=u,workdir=w overlay m; "
          "exec busybox sh -c \"$2\"")


@row("exit after 50 000", ours="exit of a container that wrote 50 000 files", theirs="exit of one that wrote none",
     bar=1.5, rounds=7, needs=("busybox",))
def leave(lab):
    lab.busybox()
    def sample(words):
        program = lab.start(words, piped=True)
        program.line()
        lab.check(program, program.wait())
        return (program.ended - program.heard) * 1000
    def kernel():
        place = lab.directory("kernel")
        taken = sample(["unshare", "--mount", "sh", "-c", KERNEL, "sh", str(place), WRITE.format(f"{place}/m")])
        lab.remove(place)
        return taken
    many = lab.run("busybox", "sh", "-c", WRITE.format(""))
    none = lab.run("busybox", "echo", "done")
    yield {"ours": lambda: sample(many), "theirs": lambda: sample(none),
           "the kernel alone, overlay unmounted after the same": kernel}


ROWS = [leave]
