"""All that can be seen of a directory tree, a line for each file: two trees with the same lines are the same to any
program. It shares no code with what it checks.

  tree_record.py [--process PID] [--no-holes] TREE

With --process, the tree is the root of that process's mount namespace, without what is mounted in it.
"""

import argparse
import ctypes
import hashlib
import os
import stat
import sys

MS_REC, MS_PRIVATE, MS_BIND = 0x4000, 1 << 18, 0x1000
CLONE_NEWNS = 0x20000
# Of larger files, only what is not zero is hashed: they may be sparse, and of any size.
PLAIN = 8 << 20


def call(function, *arguments):
    if function(*arguments) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def enter(process):
    """Makes `process`'s root directory visible without its mounts, and returns its path."""
    libc = ctypes.CDLL(None, use_errno=True)
    namespace = os.open(f"/proc/{process}/ns/mnt", os.O_RDONLY)
    call(libc.setns, namespace, CLONE_NEWNS)
    call(libc.unshare, CLONE_NEWNS)
    call(libc.mount, None, b"/", None, MS_REC | MS_PRIVATE, None)
    call(libc.mount, b"/", b"/proc", None, MS_BIND, None)
    return b"/proc"


def data_of(path, size):
    """A hash of a file's content, and where its data is."""
    digest, parts = hashlib.sha256(), []
    with open(path, "rb") as file:
        offset = 0
        while offset < size:
            try:
                start = os.lseek(file.fileno(), offset, os.SEEK_DATA)
            except OSError:
                break
            offset = os.lseek(file.fileno(), start, os.SEEK_HOLE)
            parts.append((start, offset))
            if size < PLAIN:
                continue
            file.seek(start)
            left = offset - start
            position = start
            while left:
                block = file.read(min(left, 1 << 20))
                # Zeros are the same as a hole to whoever reads.
                for at in range(0, len(block), 4096):
                    piece = block[at : at + 4096]
                    if piece.strip(b"\0"):
                        digest.update(b"%d:" % (position + at) + piece.rstrip(b"\0"))
                left -= len(block)
                position += len(block)
        if size < PLAIN:
            file.seek(0)
            digest.update(file.read())
    return digest.hexdigest(), parts


def text(name):
    return repr(name)[2:-1]


class Record:
    def __init__(self, root, holes=True):
        self.lines, self.links, self.holes, self.root = [], {}, holes, root
        self.add(root, b".")

    def add(self, path, name):
        status = os.lstat(path)
        kind = stat.S_IFMT(status.st_mode)
        words = [text(name), oct(status.st_mode), f"{status.st_uid}:{status.st_gid}"]
        # A device 0:0 is how overlayfs writes a deletion: when that was written says nothing.
        if not (kind == stat.S_IFCHR and status.st_rdev == 0):
            words.append(f"time={status.st_mtime_ns}")
        if kind in (stat.S_IFCHR, stat.S_IFBLK):
            words.append(f"device={os.major(status.st_rdev)}:{os.minor(status.st_rdev)}")
        if kind != stat.S_IFDIR and status.st_nlink > 1:
            # Names come sorted, so the first one is the same in each tree.
            words.append("link=" + text(self.links.setdefault((status.st_dev, status.st_ino), name)))
        if kind == stat.S_IFLNK:
            words.append("target=" + text(os.readlink(path)))
        if kind == stat.S_IFREG:
            digest, parts = data_of(path, status.st_size)
            words += [f"size={status.st_size}", digest]
            if self.holes and parts != [(0, status.st_size)] and status.st_size:
                words.append(f"data={parts}")
        for attribute in sorted(os.listxattr(path, follow_symlinks=False)):
            value = os.getxattr(path, attribute, follow_symlinks=False)
            words.append(f"{attribute}={value.hex()}")
        self.lines.append(" ".join(words))
        if kind == stat.S_IFDIR:
            for child in sorted(os.listdir(path)):
                self.add(os.path.join(path, child), child if name == b"." else os.path.join(name, child))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--process", type=int)
    parser.add_argument("--no-holes", action="store_true")
    parser.add_argument("tree", nargs="?")
    options = parser.parse_args()
    root = enter(options.process) if options.process else os.fsencode(options.tree)
    sys.stdout.write("\n".join(Record(root, not options.no_holes).lines) + "\n")


if __name__ == "__main__":
    main()
