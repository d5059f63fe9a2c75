"""Memory: the largest resident set of any process of a start, and what a container in the background costs."""
import pathlib
import statistics

from suite import process
from suite.row import row


def peak(lab, words):
    # GNU time forks from a small process: what was resident before execve(2) counts in ru_maxrss.
    report = lab.place / "peak"
    lab.time("time", "--output", report, "--format", "%M", *words)
    return int(report.read_text().split()[-1]) / 1024


@row("memory / crun", ours="peak of run --rm busybox true", theirs="peak of crun run", bar=1.0, unit="MiB",
     rounds=9, needs=("time", "crun"),
     why="Half of it is Swift's standard library, one section that the linker cannot sort; crun is 0.5 MiB of C.")
def crun(lab):
    lab.busybox()
    ours, theirs = lab.run("busybox", "true"), lab.crun(lab.bundle("true"))
    yield {"ours": lambda: peak(lab, ours), "theirs": lambda: peak(lab, theirs)}


@row("memory / runc", ours="peak of run --rm busybox true", theirs="peak of runc run", bar=1.0, unit="MiB",
     rounds=9, needs=("time", "crun", "runc"))
def runc(lab):
    lab.busybox()
    bundle = lab.bundle("true")
    ours = lab.run("busybox", "true")
    theirs = ["runc", "--root", f"{lab.place}/runc", "run", "--bundle", str(bundle), "mydocker-bench"]
    yield {"ours": lambda: peak(lab, ours), "theirs": lambda: peak(lab, theirs)}


def private(name):
    """KiB that only this one process has, of each process of that name."""
    sizes = []
    for number in process.others():
        place = pathlib.Path(f"/proc/{number}")
        try:
            if (place / "comm").read_text().strip() != name:
                continue
            lines = (place / "smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        sizes.append(sum(int(line.split()[1]) for line in lines if line.startswith("Private_")))
    return sizes


@row("monitor / conmon", ours="private memory of each of 100 monitors of run -d", theirs="of conmon, 20 of podman run -d",
     bar=1.5, unit="KiB", rounds=1, warm=0, needs=("podman", "crun", "conmon"))
def monitor(lab):
    lab.busybox()
    lab.time(*lab.podman("import", lab.archive(), "busybox"))
    ours = [lab.mydocker, "run", "-d", "--rm", "--storage", "overlay", "busybox", "sleep", "1000"]
    theirs = lab.podman_run("-d", "busybox", "sleep", "1000")
    for _ in range(100):
        lab.time(*ours)
    for _ in range(20):
        lab.time(*theirs)
    # A container's own process 1 is called otherwise.
    found = {"ours": private("mydocker"), "theirs": private("conmon")}
    # They go on while nothing else may.
    lab.beside |= set(process.others())
    lab.note(f"{len(found['ours'])} monitors: {min(found['ours'])} to {max(found['ours'])} KiB, "
             f"together {sum(found['ours']) / 1024:.1f} MiB; {len(found['theirs'])} conmon")
    yield {name: lambda sizes=sizes: statistics.median(sizes) for name, sizes in found.items()}
    lab.beside.clear()
    lab.time("sh", "-c", f"{lab.mydocker} ps -aq | xargs {lab.mydocker} rm -f")
    lab.time(*lab.podman("rm", "-f", "-a", "-t", "0"))


ROWS = [crun, runc, monitor]
