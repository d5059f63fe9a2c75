"""Where the time of a run goes, as the program itself tells it at the log level "trace"."""
import re
import statistics
import subprocess

STEP = re.compile(rb"step microseconds=(\d+) name=([a-z:\- ]+)")


def table(lab: "Lab", rounds: int = 50) -> list[dict]:
    """The median microseconds of each step, in the order of the steps."""
    lab.busybox()
    times: dict[str, list[int]] = {}
    words = lab.run("--log-level", "trace", "busybox", "true")
    for _ in range(rounds):
        lab.settle()
        told = subprocess.run(words, env=lab.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, check=True).stderr
        for microseconds, name in STEP.findall(told):
            times.setdefault(name.decode().strip(), []).append(int(microseconds))
    return [{"step": name, "microseconds": round(statistics.median(all))} for name, all in times.items()]


def text(steps: list[dict]) -> str:
    """As a table; what init does is part of "exec"."""
    total = sum(step["microseconds"] for step in steps if not step["step"].startswith("init"))
    lines = ["", "where a run spends its time, in microseconds (init's steps are part of exec)"]
    ordered = [step for step in steps if not step["step"].startswith("init")]
    inner = [step for step in steps if step["step"].startswith("init")]
    for step in ordered:
        if step["step"] == "exec":
            lines += [f"    {each['step']:<16} {each['microseconds']:>8}" for each in inner]
        lines.append(f"  {step['step']:<18} {step['microseconds']:>8} {step['microseconds'] / total:>6.0%}")
    return "\n".join(lines + [f"  {'total':<18} {total:>8}"])
