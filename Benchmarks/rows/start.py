"""Starting a container: the whole job, from before the program's start to after its end."""
import pathlib
import shutil
import sys

from suite.row import row

WRITER = pathlib.Path(__file__).resolve().parent.parent / "suite/writer.py"


@row("start / crun", ours="run --rm busybox true, overlay", theirs="crun run of a ready bundle",
     bar=0.75, goal=0.6, rounds=150, warm=5, needs=("crun",))
def crun(lab):
    lab.busybox()
    bundle = lab.bundle("true")
    ours, theirs = lab.run("busybox", "true"), lab.crun(bundle)
    yield {"ours": lambda: lab.time(*ours), "theirs": lambda: lab.time(*theirs), **others(lab, bundle)}


def others(lab, bundle):
    """Who does less or more, for orientation: bubblewrap makes no cgroup, no layers and no write layer."""
    programs = {
        "runc, the same bundle": ["runc", "--root", f"{lab.place}/runc", "run", "--bundle", str(bundle),
                                  "mydocker-bench-runc"],
        "bubblewrap on the bundle's directory": ["bwrap", "--unshare-all", "--bind", f"{bundle}/rootfs", "/",
                                                 "--proc", "/proc", "--dev", "/dev", "true"]}
    return {name: lambda words=words: lab.time(*words) for name, words in programs.items() if shutil.which(words[0])}


@row("start / podman", ours="run --rm busybox true, overlay", theirs="podman run --rm --network none",
     bar=0.06, rounds=25, warm=2, needs=("podman", "crun"))
def podman(lab):
    lab.busybox()
    lab.time(*lab.podman("import", lab.archive(), "busybox"))
    ours, theirs = lab.run("busybox", "true"), lab.podman_run("busybox", "true")
    yield {"ours": lambda: lab.time(*ours), "theirs": lambda: lab.time(*theirs)}


@row("start under writes", ours="the same while another process writes small files with fsync beside the store",
     theirs="crun's under the same load", bar=1.2, rounds=60, warm=3, needs=("crun",))
def under_writes(lab):
    lab.busybox()
    ours, theirs = lab.run("busybox", "true"), lab.crun(lab.bundle("true"))
    place = lab.directory("writes")
    writer = lab.start([sys.executable, str(WRITER), str(place), "10000"], piped=True)
    lab.beside = {writer.pid}
    try:
        writer.line()
        yield {"ours": lambda: lab.time(*ours), "theirs": lambda: lab.time(*theirs)}
    finally:
        (place / "stop").touch()
        rate = writer.line().decode().strip()
        writer.wait()
        lab.beside.clear()
        lab.note(f"files written and synced: {rate} a second of the 10000 asked for")
        lab.remove(place)


@row("200 starts, 8 at once", ours="containers per second", theirs="crun's", bar=1.0, goal=1.5, unit="/s",
     rounds=5, needs=("crun",), more_is_better=True)
def parallel(lab):
    lab.busybox()
    ours, theirs = lab.run("busybox", "true"), lab.crun(lab.bundle("true"), "mydocker-bench-{}")
    def rate(words):
        return 200_000 / lab.time("sh", "-c", 'seq 200 | xargs -P 8 -I{} -- "$@"', "sh", *words)
    yield {"ours": lambda: rate(ours), "theirs": lambda: rate(theirs)}


ROWS = [crun, podman, under_writes, parallel]
