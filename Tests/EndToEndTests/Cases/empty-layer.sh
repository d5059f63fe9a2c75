#!/bin/bash
# A layer of zero bytes is an empty layer.
M=${MYDOCKER:-$PWD/bin/mydocker}; here=$(cd "$(dirname "$0")" && pwd); T=$(mktemp -d); trap 'rm -rf "$T"' EXIT; cd "$T" || exit 2
export MYDOCKER_ROOT=$T/store
fail() { echo "FAIL: $*"; exit 1; }
cat "$here/images.py" - > mk.py <<'PY'
archive('a.tar','z:1',[base,b'',tar(entry('f','x'))])
PY
python3 mk.py || exit 2
"$M" load -q -i a.tar >/dev/null 2>&1 || fail "not loaded"
o=$("$M" run --storage overlay z:1 cat /f 2>&1); [ "$o" = x ] || fail "$o"
echo OK
