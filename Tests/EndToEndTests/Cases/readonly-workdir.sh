#!/bin/bash
# With --read-only, a missing working directory, /proc, /sys and /dev are made first (docker does before it mounts the root read-only).
M=${MYDOCKER:-$PWD/bin/mydocker}; here=$(cd "$(dirname "$0")" && pwd); T=$(mktemp -d); trap 'rm -rf "$T"' EXIT; cd "$T" || exit 2
export MYDOCKER_ROOT=$T/store
fail() { echo "FAIL: $*"; exit 1; }
cat "$here/images.py" - > mk.py <<'PY'
archive('a.tar','r:1',[base,tar(*[entry(n,mode=0o755) for n in ('proc','sys','dev')])],WorkingDir='/app/data')
archive('b.tar','r:2',[base])
PY
python3 mk.py || exit 2
"$M" load -q -i a.tar >/dev/null || exit 2; "$M" load -q -i b.tar >/dev/null || exit 2
o=$("$M" run --storage overlay --read-only r:1 pwd 2>&1); [ "$o" = /app/data ] || fail "missing working directory: $o"
o=$("$M" run --storage overlay --read-only r:2 pwd 2>&1); [ "$o" = / ] || fail "image without /proc (FROM scratch): $o"
echo OK
