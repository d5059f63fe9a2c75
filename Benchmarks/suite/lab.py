"""The place in which the rows work: a directory, a store, and the programs that are compared."""
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
from typing import Iterator

from . import cgroups, process
from .row import Row


# A sparse file of this size: room for an image, its blobs and what podman makes of it.
FRESH = 8 << 30
# What makes it.
TOOLS = ("mkfs.ext4", "mount")


class Lab:
    """Everything is below one directory of $MYDOCKER_BENCH_DIR (/var/tmp), and gone at the end."""

    def __init__(self, project: pathlib.Path):
        self.project = project
        self.mydocker = os.environ.get("MYDOCKER", str(project / "bin/mydocker"))
        self.beside: set[int] = set()
        self._notes: list[str] = []
        self._number = 0

    def __enter__(self) -> "Lab":
        parent = os.environ.get("MYDOCKER_BENCH_DIR", "/var/tmp")
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="mydocker-bench-", dir=parent))
        self.errors = os.open(self.place / "errors", os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC)
        self.cgroups = cgroups.Cgroups(self.place / "cgroups")
        return self

    def __exit__(self, *_: object) -> None:
        self.end_processes()
        for mount in self._mounts():
            subprocess.run(["umount", "-l", mount], stderr=subprocess.DEVNULL)
        self.cgroups.restore()
        os.close(self.errors)
        shutil.rmtree(self.place, ignore_errors=True)

    def _mounts(self) -> list[str]:
        table = pathlib.Path("/proc/self/mountinfo").read_text().splitlines()
        points = [line.split()[4] for line in table]
        return [point for point in reversed(points) if point.startswith(str(self.place) + "/")]

    def end_processes(self) -> None:
        self.beside.clear()
        process.end_all()

    def reason_against(self, row: Row) -> str | None:
        """Why this row cannot be measured here, if it cannot."""
        missing = [tool for tool in row.needs if not shutil.which(tool)]
        if missing:
            return "not installed: " + " ".join(missing)
        free = shutil.disk_usage(self.place).free >> 30
        if row.room > free:
            return f"{row.room} GB of disk are needed, and {free} are free"
        if self.cgroups.reason and {"crun", "podman"} & set(row.needs):
            return self.cgroups.reason
        return None

    def note(self, text: str) -> None:
        """Something to be told with the row's result."""
        self._notes.append(text)

    def take_notes(self) -> list[str]:
        notes, self._notes = self._notes, []
        return notes

    # Programs

    def environment(self, store: pathlib.Path | None = None) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "HOME": str(self.place), "LC_ALL": "C",
                "MYDOCKER_ROOT": str(store or self.store)}

    def start(self, words: list[str], store: pathlib.Path | None = None, piped: bool = False) -> process.Program:
        return process.Program(words, self.environment(store), self.errors, piped)

    def time(self, *words: object, store: pathlib.Path | None = None) -> float:
        """Milliseconds from before the program's start to its end, which has to be a good one."""
        program = self.start([str(word) for word in words], store)
        self.check(program, program.wait())
        return (program.ended - program.begun) * 1000

    def check(self, program: process.Program, status: int) -> None:
        if status != 0:
            said = pathlib.Path(f"/proc/self/fd/{self.errors}").read_bytes()[-500:].decode(errors="replace")
            raise RuntimeError(f"{' '.join(program.words)[:200]}: exit status {status}: {said.strip()}")

    def output(self, *words: object, store: pathlib.Path | None = None) -> str:
        return subprocess.run([str(word) for word in words], env=self.environment(store), check=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.errors).stdout.decode()

    def settle(self) -> None:
        """Waits until nothing that a sample has left running does anything any more."""
        process.reap()
        for _ in range(6000):
            if not set(process.others()) - self.beside:
                return
            time.sleep(0.005)
            process.reap()
        raise RuntimeError("a process has not ended for half a minute")

    # What is compared

    @property
    def store(self) -> pathlib.Path:
        return self.place / "store"

    def directory(self, name: str) -> pathlib.Path:
        """A new directory."""
        self._number += 1
        path = self.place / f"{name}-{self._number}"
        path.mkdir()
        return path

    @contextlib.contextmanager
    def fresh(self) -> Iterator[pathlib.Path]:
        """An empty file system, for a sample or a row.

        What was deleted just before must not matter: ext4 looks at every inode of that before it takes another one.
        """
        place = self.directory("fresh")
        image = place.with_suffix(".img")
        with open(image, "wb") as file:
            file.truncate(FRESH)
        subprocess.run(["mkfs.ext4", "-q", "-F", "-E", "nodiscard", image], check=True)
        subprocess.run(["mount", "-o", "loop,noinit_itable", image, place], check=True)
        try:
            self.time("sync", "-f", place)
            yield place
            self.settle()
        finally:
            subprocess.run(["umount", place], check=True)
            place.rmdir()
            image.unlink()

    def remove(self, *paths: pathlib.Path) -> None:
        """Removes trees; what that costs is on the disk before the next sample."""
        for path in paths:
            if path.is_dir():
                self.time("rm", "-rf", "--one-file-system", path)
            else:
                path.unlink(missing_ok=True)
        self.time("sync", "-f", self.place)

    def archive(self) -> pathlib.Path:
        """The default image's root file system."""
        path = self.place / "busybox.tar"
        if not path.exists():
            path.write_bytes(subprocess.run([self.project / "scripts/busybox-rootfs"], check=True,
                                            stdout=subprocess.PIPE).stdout)
        return path

    def busybox(self, store: pathlib.Path | None = None) -> None:
        """Sees to the image busybox, unpacked."""
        if subprocess.run([self.mydocker, "image", "exists", "busybox"], env=self.environment(store),
                          stderr=self.errors).returncode != 0:
            self.time(self.mydocker, "image", "import", self.archive(), "busybox", store=store)
        self.time(*self.run("busybox", "true"), store=store)

    def run(self, *words: object) -> list[str]:
        return [self.mydocker, "run", "--rm", "--storage", "overlay", *map(str, words)]

    def bundle(self, *command: str) -> pathlib.Path:
        """A ready bundle of busybox, as runtimes of OCI take it."""
        path = self.directory("bundle")
        (path / "rootfs").mkdir()
        self.time("tar", "-xf", self.archive(), "-C", path / "rootfs")
        subprocess.run(["crun", "spec"], cwd=path, check=True)
        document = json.loads((path / "config.json").read_text())
        document["process"].update(terminal=False, args=list(command))
        (path / "config.json").write_text(json.dumps(document))
        return path

    def crun(self, bundle: pathlib.Path, name: str = "mydocker-bench") -> list[str]:
        return ["crun", "--root", f"{self.place}/crun", "run", "--bundle", str(bundle), name]

    def podman(self, *words: object, place: pathlib.Path | None = None) -> list[str]:
        root = place or self.place / "podman"
        return ["podman", "--root", f"{root}/root", "--runroot", f"{root}/run", "--tmpdir", f"{root}/tmp",
                "--storage-driver", "overlay", "--cgroup-manager", "cgroupfs", "--runtime", "crun",
                *map(str, words)]

    def podman_run(self, *words: object, place: pathlib.Path | None = None) -> list[str]:
        return self.podman("run", "--rm", "--network", "none", "--ulimit", "nofile=1024:1024",
                           "--ulimit", "nproc=1024:1024", *words, place=place)
