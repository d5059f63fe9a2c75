"""A row of the table: what is measured, against what, and how its samples become a ratio."""
import contextlib
import dataclasses
import statistics
import traceback
from typing import Callable, Iterator

from . import process

# A sample: does the work once and returns what it took, in the row's unit.
Sample = Callable[[], float]


@dataclasses.dataclass
class Row:
    """One comparison. `bar` is the ratio to reach; `goal` the one after that."""

    name: str
    ours: str
    theirs: str
    bar: float
    prepare: Callable[..., Iterator[dict[str, Sample]]]
    goal: float | None = None
    unit: str = "ms"
    rounds: int = 20
    warm: int = 1
    needs: tuple[str, ...] = ()
    room: int = 0  # Gigabytes of disk.
    more_is_better: bool = False
    # Why the bar is missed where it was, as far as that is understood.
    why: str = ""

    def reaches(self, ratio: float) -> bool:
        return ratio >= self.bar if self.more_is_better else ratio <= self.bar


def row(name: str, **parts: object) -> Callable[[Callable], Row]:
    """Makes a row of a generator function: it prepares, yields its samples by name, and cleans up.

    The samples "ours" and "theirs" make the ratio; others are measured beside them and told.
    """
    return lambda prepare: Row(name=name, prepare=prepare, **parts)


@dataclasses.dataclass
class Result:
    """What came of a row."""

    row: Row
    verdict: str  # reached, missed, skipped or failed
    reason: str = ""
    samples: dict[str, list[float]] = dataclasses.field(default_factory=dict)
    notes: list[str] = dataclasses.field(default_factory=list)

    @property
    def ratio(self) -> float | None:
        if not self.samples:
            return None
        return statistics.median(self.samples["ours"]) / statistics.median(self.samples["theirs"])

    @property
    def ratios(self) -> tuple[float, float]:
        """The quartiles of the ratios of each round."""
        each = [a / b for a, b in zip(self.samples["ours"], self.samples["theirs"])]
        return quartiles(each)


def quartiles(values: list[float]) -> tuple[float, float]:
    if len(values) < 2:
        return values[0], values[0]
    parts = statistics.quantiles(values, n=4, method="inclusive")
    return parts[0], parts[2]


def skipped(row: Row, reason: str) -> Result:
    return Result(row, "skipped", reason)


def measure(row: Row, lab: "Lab") -> Result:
    """Takes the samples, one of each in turn: what disturbs the machine disturbs all of them."""
    try:
        with contextlib.contextmanager(row.prepare)(lab) as samples:
            for _ in range(row.warm):
                for sample in samples.values():
                    lab.settle()
                    sample()
            taken: dict[str, list[float]] = {name: [] for name in samples}
            for _ in range(row.rounds):
                for name, sample in samples.items():
                    lab.settle()
                    taken[name].append(sample())
        result = Result(row, "", samples=taken, notes=lab.take_notes())
        result.verdict = "reached" if row.reaches(result.ratio) else "missed"
        return result
    except Exception as error:  # A row that fails must not take the others with it.
        if process.interrupted:
            raise KeyboardInterrupt from error
        lab.take_notes()
        lab.end_processes()
        if not isinstance(error, RuntimeError):
            traceback.print_exc()
        return Result(row, "failed", str(error))
