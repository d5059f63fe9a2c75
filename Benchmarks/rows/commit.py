"""diff and commit of one changed file: what does it cost that the image is large?"""
from suite.content import trees
from suite.lab import TOOLS
from suite.row import row


@row("diff and commit", ours="diff and commit of one file, 100 000-file image", theirs="1 000-file image", bar=1.2,
     rounds=15, needs=TOOLS, room=3)
def commit(lab):
    with lab.fresh() as place:
        store = place / "store"
        def container(files):
            archive = place / f"files{files}.tar"
            trees(lab.archive(), archive, [], files, files * 200)
            lab.time(lab.mydocker, "image", "import", archive, f"files{files}", store=store)
            archive.unlink()
            lab.time(lab.mydocker, "run", "--storage", "overlay", "--keep", "--name", f"c{files}", f"files{files}",
                     "sh", "-c", "echo changed >/etc/group", store=store)
            return f"c{files}"
        def sample(name):
            return (lab.time(lab.mydocker, "diff", name, store=store)
                    + lab.time(lab.mydocker, "commit", name, f"new-{name}", store=store))
        large, small = container(100_000), container(1_000)
        yield {"ours": lambda: sample(large), "theirs": lambda: sample(small)}


ROWS = [commit]
