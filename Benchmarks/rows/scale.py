"""How many images and kept containers the store has must not matter."""
import contextlib

from suite.content import Layout
from suite.lab import TOOLS
from suite.row import row

MANY, FEW = 10_000, 10
STORES = {}
PLACES = contextlib.ExitStack()


def stores(lab):
    """Two stores, made once for all rows."""
    if not STORES:
        for count in (MANY, FEW):
            STORES[count] = store = PLACES.enter_context(lab.fresh()) / "store"
            layout = Layout(lab.directory("layout"))
            base = layout.layer(lab.archive())
            for number in range(count):
                layout.image(f"image{number}", [base])
            layout.image("busybox", [base])
            lab.time(lab.mydocker, "load", "-i", layout.finish(), store=store)
            lab.busybox(store)
            lab.time("sh", "-c", f'seq {count} | xargs -P 3 -n 1 -I{{}} -- "$@"', "sh", lab.mydocker, "run",
                     "--storage", "overlay", "--keep", "--name", "kept{}", "busybox", "true", store=store)
            lab.remove(layout.directory)
    return STORES[MANY], STORES[FEW]


LIST = "It prints a line for each of them, and has to read what is in it: 16 µs a container, 47 µs an image."


def make(name, command, last=False, why=""):
    @row(name, ours=f"{name} with 10 000 images and as many kept containers", theirs="with 10", bar=1.5, rounds=15,
         needs=TOOLS, room=4, why=why)
    def rows(lab):
        many, few = stores(lab)
        words = command(lab)
        yield {"ours": lambda: lab.time(*words, store=many), "theirs": lambda: lab.time(*words, store=few)}
        if last:
            PLACES.close()
            STORES.clear()
    return rows


ROWS = [make("run, store of 10 000", lambda lab: lab.run("busybox", "true")),
        make("ps -a, 10 000", lambda lab: [lab.mydocker, "ps", "-a"], why=LIST),
        make("images, 10 000", lambda lab: [lab.mydocker, "images"], last=True, why=LIST)]
