"""The table on the terminal, the numbers as JSON, and the page."""
import json
import pathlib
import statistics

from .row import Result, quartiles
from .steps import text as steps_text


def _number(value: float) -> str:
    return f"{value:.3f}" if value < 1 else f"{value:.2f}"


def _value(value: float, unit: str) -> str:
    if unit == "ms" and value >= 1000:
        return f"{value / 1000:.2f} s"
    return f"{value:.1f} {unit}" if value < 100 else f"{value:.0f} {unit}"


def _bar(result: Result) -> str:
    sign = "≥" if result.row.more_is_better else "≤"
    goal = f", then {result.row.goal:g}" if result.row.goal else ""
    return f"{sign} {result.row.bar:g}{goal}"


def _median(result: Result, name: str) -> str:
    return _value(statistics.median(result.samples[name]), result.row.unit)


def cells(result: Result) -> list[str]:
    """Name, bar, ratio, quartiles, ours, theirs, verdict."""
    head = [result.row.name, _bar(result)]
    if result.ratio is None:
        return head + ["", "", "", "", f"{result.verdict}: {result.reason}"]
    low, high = result.ratios
    return head + [_number(result.ratio), f"{_number(low)} to {_number(high)}", _median(result, "ours"),
                   _median(result, "theirs"), result.verdict]


TITLES = ["row", "bar", "ratio", "quartiles", "ours", "theirs", ""]
WIDTHS = [22, 16, 7, 16, 11, 11, 0]


def _padded(words: list[str]) -> str:
    return " ".join(word.ljust(width) for word, width in zip(words, WIDTHS)).rstrip()


def heading() -> str:
    return "\n" + _padded(TITLES)


def remarks(result: Result) -> list[str]:
    """What was measured beside the two, and what the row noted."""
    others = [f"{name}: {_median(result, name)}" for name in result.samples if name not in ("ours", "theirs")]
    return others + result.notes


def line(result: Result) -> str:
    return "\n".join([_padded(cells(result))] + [f"    {remark}" for remark in remarks(result)])


def _why(result: Result) -> str:
    return f". {result.row.why}" if result.row.why else ""


def missed(results: list[Result]) -> list[str]:
    """The rows whose bar was not reached, explained."""
    return [f"- **{result.row.name}**, {_number(result.ratio)} where the bar is {_bar(result)}{_why(result)}"
            for result in results if result.verdict == "missed"]


def ending(results: list[Result], facts: dict[str, str]) -> str:
    counts = {verdict: sum(result.verdict == verdict for result in results)
              for verdict in ("reached", "missed", "skipped", "failed")}
    lines = ["", ", ".join(f"{count} {verdict}" for verdict, count in counts.items()) + f", in {facts['duration']}"]
    lines += [f"missed: {result.row.name}: {result.row.ours} / {result.row.theirs}: {_number(result.ratio)}, "
              f"the bar is {_bar(result)}{_why(result)}" for result in results if result.verdict == "missed"]
    return "\n".join(lines)


def write_json(path: str, facts: dict[str, str], results: list[Result], steps: list[dict]) -> None:
    rows = []
    for result in results:
        entry = {"row": result.row.name, "ours": result.row.ours, "theirs": result.row.theirs, "bar": result.row.bar,
                 "moreIsBetter": result.row.more_is_better, "unit": result.row.unit, "verdict": result.verdict}
        if result.ratio is None:
            entry["reason"] = result.reason
        else:
            entry.update(ratio=result.ratio, quartiles=result.ratios, remarks=result.notes, samples={
                name: {"median": statistics.median(values), "quartiles": quartiles(values), "values": values}
                for name, values in result.samples.items()})
        rows.append(entry)
    pathlib.Path(path).write_text(json.dumps({"facts": facts, "rows": rows, "steps": steps}, indent=2) + "\n")


def write_page(path: object, facts: dict[str, str], results: list[Result], steps: list[dict]) -> None:
    lines = ["# Results", "", "Written by `make bench`; [README.md](README.md) says how to read it.", ""]
    lines += [f"- {key}: {value}" for key, value in facts.items()]
    lines += ["", "| row | bar | ratio | quartiles | ours | theirs | |", "|---|---|---|---|---|---|---|"]
    lines += ["| " + " | ".join(cells(result)) + " |" for result in results]
    lines += ["", "What each row is:", ""]
    for result in results:
        told = "".join(f"; {remark}" for remark in remarks(result))
        lines.append(f"- **{result.row.name}**: {result.row.ours} / {result.row.theirs}{told}.")
    if any(result.verdict == "missed" for result in results):
        lines += ["", "## What was missed", "", *missed(results)]
    if steps:
        lines += ["", "## Where a start's time goes", "", "```", steps_text(steps).strip(), "```"]
    pathlib.Path(path).write_text("\n".join(lines) + "\n")
