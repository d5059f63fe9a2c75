#!/bin/bash
# An OCI layout (as cosign save writes) that holds a signature beside the image: the image is loaded.
M=${MYDOCKER:-$PWD/bin/mydocker}; here=$(cd "$(dirname "$0")" && pwd); T=$(mktemp -d); trap 'rm -rf "$T"' EXIT; cd "$T" || exit 2
export MYDOCKER_ROOT=$T/store
fail() { echo "FAIL: $*"; exit 1; }
cat "$here/images.py" - > mk.py <<'PY'
l=Layout('o'); i=l.image([base],more=named('i:1'))
s={'schemaVersion':2,'mediaType':OCI+'manifest.v1+json','config':l.blob(b'{"architecture":"","os":"","config":{},"rootfs":{"type":"layers","diff_ids":["sha256:'+sha(b'sig').encode()+b'"]}}',OCI+'config.v1+json'),'layers':[l.blob(b'sig','application/vnd.dev.cosign.simplesigning.v1+json')]}
l.close([i,l.blob(json.dumps(s).encode(),OCI+'manifest.v1+json',annotations={'kind':'dev.cosignproject.cosign/sigs'})])
PY
python3 mk.py || exit 2
o=$("$M" load -q -i o 2>&1); "$M" image exists i:1 || fail "the image was not loaded: $o"
echo OK
