"""What the big rows unpack: a root file system of many files, as tar archives and as OCI images; the same every time."""
import gzip
import hashlib
import io
import json
import pathlib
import random
import subprocess
import tarfile

COMPRESSORS = {"": None, "gzip": ["gzip", "-6", "--no-name", "--stdout"], "zstd": ["zstd", "-3", "-q", "--stdout"]}


def trees(base: pathlib.Path, whole: pathlib.Path, parts: list[pathlib.Path], files: int, size: int) -> None:
    """Writes `whole`, the archive `base` and `files` files of `size` bytes together; and the same in `parts`."""
    chance = random.Random(14)
    pool = _pool(chance)
    shapes = [chance.lognormvariate(0, 1.6) for _ in range(files)]
    scale = size / sum(shapes)
    outputs = [whole, *parts]
    archives = [tarfile.open(path, "w", format=tarfile.GNU_FORMAT) for path in outputs]
    try:
        with tarfile.open(base) as source:
            for entry in source:
                for archive in archives[:2]:
                    archive.addfile(entry, source.extractfile(entry) if entry.isreg() else None)
        made: set[tuple[int, str]] = set()
        for number, shape in enumerate(shapes):
            part = 1 + number * len(parts) // files if parts else 0
            names = (f"data/{number // 1000:03}", f"data/{number // 1000:03}/{number // 20 % 50:02}")
            content = _content(pool, chance, int(shape * scale))
            for index in {0, part}:
                for name in ("data", *names):
                    if (index, name) not in made:
                        made.add((index, name))
                        archives[index].addfile(_entry(name, tarfile.DIRTYPE, 0o755))
                file = _entry(f"{names[1]}/file{number}", tarfile.REGTYPE, 0o644)
                file.size = len(content)
                archives[index].addfile(file, io.BytesIO(content))
    finally:
        for archive in archives:
            archive.close()


def _entry(name: str, kind: bytes, mode: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode, entry.mtime = kind, mode, 1_700_000_000
    return entry


def _pool(chance: random.Random) -> bytes:
    """Half text, half noise: it compresses as programs do, to less than half."""
    words = [bytes(chance.choices(b"abcdefghijklmnopqrstuvwxyz", k=chance.randint(2, 10))) for _ in range(3000)]
    blocks = []
    while sum(map(len, blocks)) < 16 << 20:
        blocks.append(b" ".join(chance.choices(words, k=6000)))
        blocks.append(chance.randbytes(16 << 10))
    return b"".join(blocks)


def _content(pool: bytes, chance: random.Random, size: int) -> bytes:
    pieces = []
    while size > 0:
        begin = chance.randrange(len(pool) - 1)
        piece = pool[begin:begin + min(size, 1 << 20)]
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def compress(archives: list[pathlib.Path], kind: str) -> list[pathlib.Path]:
    """Compresses archives, two at a time."""
    targets = [path.with_name(f"{path.name}.{kind}") for path in archives]
    for at in range(0, len(archives), 2):
        running = []
        for path, target in list(zip(archives, targets))[at:at + 2]:
            with open(target, "wb") as output:
                running.append(subprocess.Popen([*COMPRESSORS[kind], str(path)], stdout=output))
        if any([each.wait() for each in running]):
            raise RuntimeError(f"{kind} failed")
    return targets


class Layout:
    """An OCI layout that grows in a directory."""

    def __init__(self, directory: pathlib.Path):
        self.directory = directory
        self.blobs = directory / "blobs/sha256"
        self.blobs.mkdir(parents=True)
        (directory / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
        self.manifests: list[dict] = []

    def blob(self, content: bytes, media_type: str) -> dict:
        digest = hashlib.sha256(content).hexdigest()
        (self.blobs / digest).write_bytes(content)
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content)}

    def layer(self, archive: pathlib.Path, compressed: pathlib.Path | None = None, kind: str = "gzip") -> tuple:
        """A layer's descriptor and the digest of what is in it."""
        inner = "sha256:" + _digest(archive)
        path = compressed or archive
        digest = _digest(path)
        blob = self.blobs / digest
        if not blob.exists():
            blob.hardlink_to(path)
        suffix = f"+{kind}" if compressed else ""
        return {"mediaType": f"application/vnd.oci.image.layer.v1.tar{suffix}", "digest": f"sha256:{digest}",
                "size": path.stat().st_size}, inner

    def small_layer(self, name: str) -> tuple:
        """A layer of one file."""
        output = io.BytesIO()
        with tarfile.open(fileobj=output, mode="w", format=tarfile.GNU_FORMAT) as archive:
            entry = _entry(name, tarfile.REGTYPE, 0o644)
            entry.size = len(name)
            archive.addfile(entry, io.BytesIO(name.encode()))
        plain = output.getvalue()
        return (self.blob(gzip.compress(plain, mtime=0), "application/vnd.oci.image.layer.v1.tar+gzip"),
                "sha256:" + hashlib.sha256(plain).hexdigest())

    def image(self, name: str, layers: list[tuple]) -> None:
        config = {"architecture": "amd64", "os": "linux", "config": {"Env": ["PATH=/bin"], "Labels": {"name": name}},
                  "rootfs": {"type": "layers", "diff_ids": [inner for _, inner in layers]}}
        manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                    "config": self.blob(json.dumps(config).encode(), "application/vnd.oci.image.config.v1+json"),
                    "layers": [layer for layer, _ in layers]}
        entry = self.blob(json.dumps(manifest).encode(), manifest["mediaType"])
        self.manifests.append(entry | {"annotations": {"org.opencontainers.image.ref.name": name}})

    def finish(self) -> pathlib.Path:
        (self.directory / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": self.manifests}))
        return self.directory


def _digest(path: pathlib.Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
