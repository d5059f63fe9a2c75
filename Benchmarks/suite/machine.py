"""What the numbers are from: the kind of machine and the versions, and nothing that names it."""
import datetime
import os
import pathlib
import re
import subprocess

TOOLS = {"crun": ["crun", "--version"], "runc": ["runc", "--version"], "podman": ["podman", "--version"],
         "bubblewrap": ["bwrap", "--version"], "umoci": ["umoci", "--version"], "skopeo": ["skopeo", "--version"],
         "tar": ["tar", "--version"], "fio": ["fio", "--version"]}


def facts(lab: "Lab") -> dict[str, str]:
    return {
        "date": datetime.date.today().isoformat(),
        "machine": f"{_processor()}, {os.cpu_count()} cores, {_memory()} GiB, {_virtual()}",
        "kernel": os.uname().release,
        "file system": _file_system(lab.place),
        "cgroups": _layout(),
        "mydocker": _revision(lab.project),
        "peers": ", ".join(f"{name} {version}" for name, version in _versions().items()),
    }


def _processor() -> str:
    found = re.search(r"model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return found.group(1) if found else os.uname().machine


def _memory() -> int:
    kilobytes = re.search(r"MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text()).group(1)
    return round(int(kilobytes) / (1 << 20))


def _virtual() -> str:
    return "virtual" if " hypervisor" in pathlib.Path("/proc/cpuinfo").read_text() else "bare metal"


def _file_system(place: pathlib.Path) -> str:
    return subprocess.run(["findmnt", "--noheadings", "--output", "FSTYPE", "--target", place],
                          stdout=subprocess.PIPE, text=True).stdout.strip()


def _layout() -> str:
    table = pathlib.Path("/proc/mounts").read_text()
    versions = [name for name, word in (("v1", " cgroup "), ("v2", " cgroup2 ")) if word in table]
    return " and ".join(versions)


def _revision(project: pathlib.Path) -> str:
    told = subprocess.run(["git", "-C", project, "describe", "--always", "--dirty"], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True).stdout.strip()
    return told or "of no known revision"


def _versions() -> dict[str, str]:
    versions = {}
    for name, words in TOOLS.items():
        try:
            told = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout
        except FileNotFoundError:
            versions[name] = "missing"
            continue
        found = re.search(r"\d+(\.\d+)+", told)
        versions[name] = found.group(0) if found else "?"
    return versions
