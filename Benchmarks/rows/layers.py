"""The number of an image's layers."""
from suite.content import Layout
from suite.row import row


@row("128 layers / 1", ours="run --rm true on an image of 128 layers", theirs="on one of 1 layer", bar=1.3,
     rounds=60, warm=3,
     why="30 µs a layer: each is looked for, opened, given to the kernel by a call of its own, and counted afterwards.")
def layers(lab):
    layout = Layout(lab.directory("layout"))
    base = layout.layer(lab.archive())
    layout.image("one", [base])
    layout.image("many", [base] + [layout.small_layer(f"file{number}") for number in range(127)])
    lab.time(lab.mydocker, "load", "-i", layout.finish())
    many, one = lab.run("many", "true"), lab.run("one", "true")
    yield {"ours": lambda: lab.time(*many), "theirs": lambda: lab.time(*one)}


ROWS = [layers]
