"""Makes images of many layers, in one OCI layout, without mydocker.

  layered_image.py ROOTFS.tar LAYOUT COUNT...

For each COUNT an image "layers:COUNT" on top of a root file system. Layer N (the root file system is layer 1) has the file
/layers/N, writes N to /layers/top, deletes /layers/(N-2) unless N is a multiple of 10, and every 50th replaces the
directory /layers/tree. Prints what the content of /layers is then: names and contents, a line for each COUNT.
"""

import gzip
import hashlib
import io
import json
import os
import sys
import tarfile

rootfs, layout, counts = sys.argv[1], sys.argv[2], sorted(map(int, sys.argv[3:]))
blobs = os.path.join(layout, "blobs/sha256")
os.makedirs(blobs)


def blob(data, kind):
    digest = hashlib.sha256(data).hexdigest()
    with open(os.path.join(blobs, digest), "wb") as file:
        file.write(data)
    return {"mediaType": "application/vnd.oci.image." + kind, "digest": "sha256:" + digest, "size": len(data)}


def layer(number, files):
    data = io.BytesIO()
    archive = tarfile.open(fileobj=data, mode="w", format=tarfile.PAX_FORMAT)

    def add(name, content=None):
        entry = tarfile.TarInfo("layers" + name)
        entry.mtime, entry.mode = number, 0o644
        if content is None:
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
        else:
            entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content or b""))

    add("")
    for name in (str(number), "top"):
        add("/" + name, b"%d\n" % number)
        files[name] = number
    if number % 10 and str(number - 2) in files:
        add(f"/.wh.{number - 2}", b"")
        del files[str(number - 2)]
    if number % 50 == 0:
        add("/tree")
        add("/tree/.wh..wh..opq", b"")
        add(f"/tree/{number}", b"%d\n" % number)
        for name in [name for name in files if name.startswith("tree/")]:
            del files[name]
        files[f"tree/{number}"] = number
    archive.close()
    return data.getvalue()


with open(rootfs, "rb") as file:
    base = file.read()
descriptors, digests, files, manifests = [blob(base, "layer.v1.tar")], ["sha256:" + hashlib.sha256(base).hexdigest()], {}, []
for number in range(2, counts[-1] + 1):
    data = layer(number, files)
    digests.append("sha256:" + hashlib.sha256(data).hexdigest())
    # Some compressed, some not.
    packed = gzip.compress(data, mtime=0) if number % 2 else data
    descriptors.append(blob(packed, "layer.v1.tar" + ("+gzip" if number % 2 else "")))
    if number in counts:
        config = {"architecture": "amd64", "os": "linux", "config": {"Env": ["PATH=/bin"]}}
        config["rootfs"] = {"type": "layers", "diff_ids": digests}
        manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json"}
        manifest["config"] = blob(json.dumps(config).encode(), "config.v1+json")
        manifest["layers"] = descriptors
        entry = blob(json.dumps(manifest).encode(), "manifest.v1+json")
        entry["annotations"] = {"org.opencontainers.image.ref.name": f"layers:{number}"}
        manifests.append(entry)
        print(" ".join(f"{name}={files[name]}" for name in sorted(files)))
with open(os.path.join(layout, "index.json"), "w") as file:
    json.dump({"schemaVersion": 2, "manifests": manifests}, file)
with open(os.path.join(layout, "oci-layout"), "w") as file:
    json.dump({"imageLayoutVersion": "1.0.0"}, file)
