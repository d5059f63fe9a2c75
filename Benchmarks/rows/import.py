"""From an archive of 1 GiB in 50 000 files to the first prompt, durable."""
import shutil

from suite.big import ROOM, Big
from suite.lab import TOOLS
from suite.row import row

OURS = "import and first run"


@row("import plain / tar", ours=OURS, theirs="tar -x and sync", bar=1.2, rounds=3, warm=0, needs=("tar", *TOOLS),
     room=ROOM,
     why="Twice the bytes are made durable, the blob and the files; what the disk does not do meanwhile, it does at the end.")
def plain(lab):
    big = Big(lab)
    yield {"ours": big.imported, "theirs": lambda: big.extracted("-xf")}


@row("import gzip / tar", ours=OURS, theirs="tar -xz and sync", bar=1.0, rounds=3, warm=0, needs=("tar", "gzip", *TOOLS),
     room=ROOM)
def gzip(lab):
    big = Big(lab)
    yield {"ours": lambda: big.imported(".gzip"), "theirs": lambda: big.extracted("-xzf", ".gzip")}


@row("import zstd / tar", ours=OURS, theirs="tar -x of zstd and sync", bar=1.0, rounds=3, warm=0,
     needs=("tar", "zstd", *TOOLS), room=ROOM)
def zstd(lab):
    big = Big(lab)
    # It tells the compression by the first bytes.
    yield {"ours": lambda: big.imported(".zstd"), "theirs": lambda: big.extracted("-xf", ".zstd")}


@row("load / podman", ours="load and first run", theirs="podman load and first run", bar=0.5, rounds=3, warm=0,
     needs=("podman", "crun", *TOOLS), room=ROOM,
     why="Two passes: load decompresses every layer to check it, and the first run once more to unpack it.")
def podman(lab):
    big = Big(lab)
    yield {"ours": lambda: big.loaded("one-archive.tar"), "theirs": big.podman}


@row("load / umoci", ours="load and first run", theirs="umoci unpack and sync", bar=0.5, rounds=3, warm=0,
     needs=("umoci", *TOOLS), room=ROOM,
     why="The same two passes.")
def umoci(lab):
    big = Big(lab)
    samples = {"ours": lambda: big.loaded("one"), "theirs": big.umoci}
    if shutil.which("skopeo"):
        samples["skopeo copy of the archive into a layout, before umoci can begin"] = big.skopeo
    yield samples


ROWS = [plain, gzip, zstd, podman, umoci]
