"""Checks a store that nobody uses, byte for byte; prints what is wrong, a line each, and at the end what was looked at.

  store_check.py STORE [REFERENCE]

Every file of the image layout has to belong to an image and match its digest; every layer its diffID. Every snapshot has to
be in the database and in its directory, and nothing else. With a REFERENCE, a store that was never disturbed, layers
that are in both have to be the same trees.
"""

import gzip
import hashlib
import json
import os
import sqlite3
import sys

from tree_record import Record

wrong = []


def digest_of(path):
    with open(path, "rb") as file:
        return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()


def check_images(images):
    blobs = os.path.join(images, "blobs/sha256")
    used, layers = set(), 0

    def blob(descriptor):
        path = os.path.join(blobs, descriptor["digest"].removeprefix("sha256:"))
        used.add(os.path.basename(path))
        if not os.path.exists(path):
            wrong.append(f"{path} is missing")
            return None
        if os.path.getsize(path) != descriptor["size"]:
            wrong.append(f"{path} has {os.path.getsize(path)} bytes, not {descriptor['size']}")
        return path

    def document(descriptor):
        path = blob(descriptor)
        return json.load(open(path)) if path else {}

    for entry in json.load(open(os.path.join(images, "index.json")))["manifests"]:
        manifest = document(entry)
        config = document(manifest.get("config", entry))
        expected = config.get("rootfs", {}).get("diff_ids", [])
        if len(expected) != len(manifest.get("layers", [])):
            wrong.append(f"{entry['digest']} has other layers than its configuration")
        for descriptor, expected in zip(manifest.get("layers", []), expected):
            layers += 1
            path = blob(descriptor)
            if not path:
                continue
            unpacked = gzip.open(path) if "gzip" in descriptor["mediaType"] else open(path, "rb")
            found = "sha256:" + hashlib.sha256(unpacked.read()).hexdigest()
            if found != expected:
                wrong.append(f"{path} has the diffID {found}, not {expected}")
    for name in os.listdir(blobs):
        if name not in used:
            wrong.append(f"the blob {name} belongs to no image")
        if digest_of(os.path.join(blobs, name)) != "sha256:" + name:
            wrong.append(f"the blob {name} does not match its digest")
    for name in os.listdir(images):
        if name not in ("blobs", "index.json", "oci-layout"):
            wrong.append(f"{name} is in the image store")
    return f"{len(used)} blobs, {layers} layers of images"


def check_snapshots(storage, reference):
    path = os.path.join(storage, "metadata.db")
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    for (line,) in database.execute("PRAGMA integrity_check"):
        if line != "ok":
            wrong.append(f"{path}: {line}")
    for row in database.execute("SELECT key, kind FROM snapshots WHERE committing IS NOT NULL"):
        wrong.append(f"the snapshot {row} is half committed")
    known = set(database.execute("SELECT driver, key FROM snapshots"))
    found, compared = set(), 0
    for driver in sorted(os.listdir(storage)):
        place = os.path.join(storage, driver, "snapshots")
        if not os.path.isdir(place):
            continue
        for key in os.listdir(place):
            found.add((driver, key))
            other = reference and os.path.join(reference, driver, "snapshots", key)
            if other and os.path.isdir(other):
                compared += 1
                trees = [Record(os.fsencode(os.path.join(tree, "fs"))).lines for tree in (os.path.join(place, key), other)]
                if trees[0] != trees[1]:
                    differences = sorted(set(trees[0]) ^ set(trees[1]))[:4]
                    wrong.append(f"the layer {key} of {driver} is another tree: {differences}")
    for driver, key in sorted(known - found):
        wrong.append(f"the snapshot {key} of {driver} has no directory")
    for driver, key in sorted(found - known):
        wrong.append(f"the directory {key} of {driver} is no snapshot")
    return f"{len(found)} snapshots, {compared} compared"


def main():
    store = sys.argv[1]
    reference = os.path.join(sys.argv[2], "storage") if len(sys.argv) > 2 else None
    done = [check_images(os.path.join(store, "images"))]
    if os.path.isdir(os.path.join(store, "storage")):
        done.append(check_snapshots(os.path.join(store, "storage"), reference))
    print("\n".join(wrong + [", ".join(done)]))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
