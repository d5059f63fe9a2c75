#!/bin/bash
# EXPOSE takes ranges of ports.
M=${MYDOCKER:-$PWD/bin/mydocker}; here=$(cd "$(dirname "$0")" && pwd); T=$(mktemp -d); trap 'rm -rf "$T"' EXIT; cd "$T" || exit 2
export MYDOCKER_ROOT=$T/store
fail() { echo "FAIL: $*"; exit 1; }
cat "$here/images.py" - > mk.py <<'PY'
archive('a.tar','e:1',[base])
PY
python3 mk.py || exit 2
"$M" load -q -i a.tar >/dev/null || exit 2; "$M" run --storage overlay --name c --keep e:1 true || exit 2
o=$("$M" commit -c "EXPOSE 8000-8002/tcp" c e:2 2>&1) || fail "$o"
"$M" image inspect e:2 | grep -q 8001/tcp || fail "no 8001/tcp"
echo OK
