"""The big archive and its images, made once for all rows that need them; and one sample with each of the programs."""
import pathlib
import subprocess

from . import content

FILES = 50_000
SIZE = 1 << 30
PARTS = 8
ROOM = 14


class Big:
    """1 GiB in 50 000 files: a tar archive, compressed ones, and OCI layouts of one layer and of eight."""

    def __init__(self, lab: "Lab"):
        self.lab = lab
        self.place = lab.place / "big"
        self.whole = self.place / "whole.tar"
        if self.place.exists():
            return
        self.place.mkdir()
        parts = self.parts
        content.trees(lab.archive(), self.whole, parts, FILES, SIZE)
        self._compressed = content.compress([self.whole, *parts], "gzip")
        content.compress([self.whole], "zstd")
        self._layout("one", [self.whole])
        self._layout("eight", parts)
        subprocess.run(["tar", "-cf", self.place / "one-archive.tar", "-C", self.place / "one", "."], check=True)
        lab.time("sync", "-f", self.place)

    @property
    def parts(self) -> list[pathlib.Path]:
        return [self.place / f"part{number}.tar" for number in range(PARTS)]

    def _layout(self, name: str, archives: list[pathlib.Path]) -> None:
        (self.place / name).mkdir()
        layout = content.Layout(self.place / name)
        layout.image(name, [layout.layer(each, each.with_name(f"{each.name}.gzip")) for each in archives])
        layout.finish()

    def first_prompt(self, *words: object, image: str) -> float:
        """Brings an image into an empty store and runs a command on it."""
        with self.lab.fresh() as place:
            store = place / "store"
            taken = self.lab.time(self.lab.mydocker, *words, store=store)
            return taken + self.lab.time(*self.lab.run(image, "true"), store=store)

    def imported(self, kind: str = "") -> float:
        return self.first_prompt("image", "import", f"{self.whole}{kind}", "big", image="big")

    def loaded(self, name: str) -> float:
        return self.first_prompt("load", "-i", self.place / name, image="eight" if name == "eight" else "one")

    def extracted(self, option: str, kind: str = "") -> float:
        """tar -x and what makes it durable."""
        with self.lab.fresh() as place:
            taken = self.lab.time("tar", option, f"{self.whole}{kind}", "-C", place)
            return taken + self.lab.time("sync", "-f", place)

    def podman(self) -> float:
        with self.lab.fresh() as place:
            taken = self.lab.time(*self.lab.podman("load", "-i", self.place / "one-archive.tar", place=place))
            taken += self.lab.time(*self.lab.podman_run("localhost/one", "true", place=place))
            # It leaves its storage mounted on itself.
            subprocess.run(["umount", place / "root/overlay"], stderr=subprocess.DEVNULL)
            return taken

    def umoci(self) -> float:
        """Unpacking, and what makes it durable."""
        with self.lab.fresh() as place:
            taken = self.lab.time("umoci", "unpack", "--image", f"{self.place / 'one'}:one", place / "bundle")
            return taken + self.lab.time("sync", "-f", place)

    def skopeo(self) -> float:
        """Copies the archive into an image layout, as umoci needs it."""
        with self.lab.fresh() as place:
            return self.lab.time("skopeo", "--insecure-policy", "copy", "--quiet",
                                 f"oci-archive:{self.place / 'one-archive.tar'}", f"oci:{place}/layout:one")
