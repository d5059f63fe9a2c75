"""Starting programs and timing them."""
import os
import pathlib
import signal
import time

# True once a signal has asked for the end.
interrupted = False


class Program:
    """A program with nothing on its standard input; its output can be read line by line."""

    def __init__(self, words: list[str], environment: dict[str, str], errors: int, piped: bool = False):
        reader, writer = os.pipe() if piped else (None, os.open("/dev/null", os.O_WRONLY))
        null = os.open("/dev/null", os.O_RDONLY)
        self.words = words
        self.begun = time.perf_counter()
        self.pid = os.posix_spawnp(words[0], words, environment, file_actions=[
            (os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, writer, 1),
            (os.POSIX_SPAWN_DUP2, errors, 2)])
        os.close(null)
        os.close(writer)
        self.output = os.fdopen(reader, "rb", buffering=0) if piped else None
        self.ended = None

    def line(self) -> bytes:
        """The next line of its output, and the moment of its coming in `heard`."""
        text = b""
        while not text.endswith(b"\n"):
            byte = self.output.read(1)
            if not byte:
                break
            text += byte
        self.heard = time.perf_counter()
        return text

    def wait(self) -> int:
        """Its exit status; `ended` is the moment."""
        _, status = os.waitpid(self.pid, 0)
        self.ended = time.perf_counter()
        self.pid = None
        if self.output:
            self.output.close()
        return os.waitstatus_to_exitcode(status)


def others() -> list[int]:
    """Every other process of this PID namespace that has not ended."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state != "Z":
            found.append(int(entry.name))
    return found


def reap() -> None:
    """Takes away what was left to process 1: us."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def end_all() -> None:
    """Kills every other process of this PID namespace."""
    while others():
        for pid in others():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        reap()
        time.sleep(0.01)
