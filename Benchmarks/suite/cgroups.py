"""The cgroups that the peers need, in the mount namespace of the suite alone."""
import os
import pathlib
import subprocess

ROOT = pathlib.Path("/sys/fs/cgroup")


class Cgroups:
    """On a host with version 1 hierarchies crun refuses to start unless hugetlb is among them: it is mounted for it.

    The host's own directory of the hierarchies stays as it is: ours is a copy of it, in memory. A hierarchy of version
    1 without cgroups in it is gone when it is unmounted.
    """

    def __init__(self, place: pathlib.Path):
        self.reason: str | None = None
        self._mounted = False
        self._before = {path: self._names(path) for path in self._hierarchies()}
        table = [line.split() for line in pathlib.Path("/proc/cgroups").read_text().splitlines()[1:]]
        numbers = {words[0]: words[1] for words in table}
        has_version_1 = any(number != "0" for number in numbers.values())
        if not has_version_1 or numbers.get("hugetlb", "1") != "0":
            return
        place.mkdir()
        self._sh("mount", "--rbind", ROOT, place)
        self._sh("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", ROOT)
        for directory in sorted(path for path in place.iterdir() if path.is_dir()):
            (ROOT / directory.name).mkdir()
            if os.path.ismount(directory):
                self._sh("mount", "--bind", directory, ROOT / directory.name)
        self._sh("umount", "--recursive", "--lazy", place)
        place.rmdir()
        (ROOT / "hugetlb").mkdir(exist_ok=True)
        done = subprocess.run(["mount", "-t", "cgroup", "-o", "hugetlb", "cgroup", ROOT / "hugetlb"],
                              stderr=subprocess.PIPE, text=True)
        self._mounted = done.returncode == 0
        if self._mounted:
            self._before[ROOT / "hugetlb"] = set()
        else:
            self.reason = f"crun needs hugetlb as a hierarchy of version 1: {done.stderr.strip()}"

    def restore(self) -> None:
        """Removes the cgroups that the peers have left, and the hierarchy."""
        for hierarchy, before in self._before.items():
            for name in self._names(hierarchy) - before:
                for directory, _, _ in os.walk(hierarchy / name, topdown=False):
                    try:
                        os.rmdir(directory)
                    except OSError:
                        pass
        if self._mounted:
            subprocess.run(["umount", ROOT / "hugetlb"], stderr=subprocess.DEVNULL)

    @staticmethod
    def _sh(*words: object) -> None:
        subprocess.run([str(word) for word in words], check=True)

    @staticmethod
    def _names(path: pathlib.Path) -> set[str]:
        return {entry.name for entry in os.scandir(path) if entry.is_dir(follow_symlinks=False)}

    @staticmethod
    def _hierarchies() -> list[pathlib.Path]:
        table = pathlib.Path("/proc/self/mountinfo").read_text().splitlines()
        return [pathlib.Path(words[4]) for words in map(str.split, table)
                if words[words.index("-") + 1] in ("cgroup", "cgroup2")]
