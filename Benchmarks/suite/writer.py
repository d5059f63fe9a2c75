"""Writes small files with fsync, so many a second at most: writer.py DIRECTORY RATE; until there is a file "stop"."""
import os
import sys
import threading
import time

THREADS = 4


def write(place: str, number: int, rate: float, counts: list[int]) -> None:
    begun = time.monotonic()
    while not os.path.exists(f"{place}/stop"):
        name = f"{place}/{number}-{counts[number] % 1000}"
        file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.write(file, b"x" * 2048)
        os.fsync(file)
        os.close(file)
        counts[number] += 1
        early = begun + counts[number] / rate - time.monotonic()
        if early > 0:
            time.sleep(early)


place, rate = sys.argv[1], float(sys.argv[2])
counts = [0] * THREADS
threads = [threading.Thread(target=write, args=(place, number, rate / THREADS, counts)) for number in range(THREADS)]
begun = time.monotonic()
for thread in threads:
    thread.start()
print("writing", flush=True)
for thread in threads:
    thread.join()
print(round(sum(counts) / (time.monotonic() - begun)), flush=True)
