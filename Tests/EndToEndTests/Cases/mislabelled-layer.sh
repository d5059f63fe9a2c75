#!/bin/bash
# How a layer is compressed is told by its first bytes, as docker, containerd and podman do, not by its label alone.
M=${MYDOCKER:-$PWD/bin/mydocker}; here=$(cd "$(dirname "$0")" && pwd); T=$(mktemp -d); trap 'rm -rf "$T"' EXIT; cd "$T" || exit 2
export MYDOCKER_ROOT=$T/store
fail() { echo "FAIL: $*"; exit 1; }
cat "$here/images.py" - > mk.py <<'PY'
t=tar(entry('f','x')); g=gzip.compress
for n,ty,b in (('a','tar+gzip',t),('b','tar',g(t))):
    l=Layout(n); l.close([l.image([base,t],types=[OCI+'layer.v1.tar',OCI+'layer.v1.'+ty],blobs=[base,b],more=named('m:'+n))])
PY
python3 mk.py || exit 2
for n in a b; do o=$("$M" load -q -i $n 2>&1) || fail "$n: $o"; o=$("$M" run --storage overlay m:$n cat /f 2>&1); [ "$o" = x ] || fail "$n: $o"; done
echo OK
