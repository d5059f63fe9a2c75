"""Memory: the largest resident set of any process of a start."""
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


ROWS = [crun, runc]
