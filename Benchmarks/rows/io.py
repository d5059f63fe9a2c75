"""Files in a container, overlay on overlay's side alike."""
import json
import re
import shutil
import subprocess
import tarfile

from suite.row import row

FIO = ["fio", "--name=job", "--filename=/file", "--ioengine=psync", "--output-format=json"]
FILES = "mkdir /many; cd /many; echo begin; i=0; while [ $i -lt 10000 ]; do echo text >f$i; i=$((i+1)); done; echo end"


def images(lab):
    """busybox with fio and its libraries, for both."""
    archive = lab.place / "fio.tar"
    if not archive.exists():
        shutil.copy(lab.archive(), archive)
        told = subprocess.run(["ldd", shutil.which("fio")], stdout=subprocess.PIPE, text=True, check=True).stdout
        with tarfile.open(archive, "a", dereference=True) as tar:
            for path in {shutil.which("fio"), *re.findall(r"(/\S+) \(0x", told)}:
                # /bin/fio: the default image's PATH.
                tar.add(path, arcname="bin/fio" if path.endswith("/fio") else path.lstrip("/"))
        lab.time(lab.mydocker, "image", "import", archive, "fio")
        lab.time(*lab.podman("import", archive, "fio"))
    return lab.run("fio"), lab.podman_run("fio")


def fio(lab, words, kind):
    """The milliseconds that the job has run."""
    return json.loads(lab.output(*words))["jobs"][0][kind]["runtime"]


@row("write in container", ours="fio, random writes of 4 KiB and fsync at the end", theirs="podman's overlay",
     bar=1.05, rounds=7, needs=("fio", "podman", "crun"), room=2)
def write(lab):
    job = [*FIO, "--rw=randwrite", "--bs=4k", "--size=256m", "--end_fsync=1"]
    ours, theirs = images(lab)
    yield {"ours": lambda: fio(lab, ours + job, "write"), "theirs": lambda: fio(lab, theirs + job, "write")}


@row("read in container", ours="fio, sequential read from disk", theirs="podman's overlay", bar=1.05, rounds=7,
     needs=("fio", "podman", "crun"), room=2)
def read(lab):
    job = [*FIO, "--rw=read", "--bs=128k", "--size=512m", "--invalidate=1"]
    ours, theirs = images(lab)
    yield {"ours": lambda: fio(lab, ours + job, "read"), "theirs": lambda: fio(lab, theirs + job, "read")}


@row("files in container", ours="10 000 small files are written", theirs="podman's overlay", bar=1.05, rounds=5,
     needs=("fio", "podman", "crun"), room=2,
     why="Open: quartiles far apart. Both delete what the sample before has made, and ext4 looks at that again.")
def files(lab):
    def sample(words):
        program = lab.start([*words, "sh", "-c", FILES], piped=True)
        program.line()
        begun = program.heard
        program.line()
        taken = (program.heard - begun) * 1000
        lab.check(program, program.wait())
        return taken
    ours, theirs = images(lab)
    yield {"ours": lambda: sample(ours), "theirs": lambda: sample(theirs)}


ROWS = [write, read, files]
