"""The same content in eight layers and in one."""
from suite.big import ROOM, Big
from suite.lab import TOOLS
from suite.row import row


@row("8 layers / 1", ours="load and first run of 1 GiB in 8 layers, gzip", theirs="of the same in 1 layer", bar=0.7,
     rounds=3, warm=0, needs=TOOLS, room=ROOM,
     why="One layer uses both processors too: it is decompressed in one thread and written in another.")
def split(lab):
    big = Big(lab)
    yield {"ours": lambda: big.loaded("eight"), "theirs": lambda: big.loaded("one")}
    lab.remove(big.place)


ROWS = [split]
