#!/bin/bash
# What docker refuses as ambiguous or senseless: a tag that reads as a digest, an unknown stop signal.
M=${MYDOCKER:-$PWD/bin/mydocker}; here=$(cd "$(dirname "$0")" && pwd); T=$(mktemp -d); trap 'rm -rf "$T"' EXIT; cd "$T" || exit 2
export MYDOCKER_ROOT=$T/store
fail() { echo "FAIL: $*"; exit 1; }
cat "$here/images.py" - > mk.py <<'PY'
archive('a.tar','e:1',[base])
PY
python3 mk.py || exit 2
"$M" load -q -i a.tar >/dev/null || exit 2; "$M" run --storage overlay --name c --keep e:1 true || exit 2
"$M" tag e:1 sha256:abc 2>/dev/null && fail "tag sha256:abc was accepted: it reads as a digest"
"$M" commit -c "STOPSIGNAL FOO" c e:2 >/dev/null 2>&1 && fail "commit took STOPSIGNAL FOO"
echo OK
