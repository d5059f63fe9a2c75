#!/bin/bash
# AUFS own files in layers of old docker are skipped (docker, podman), not a reason to refuse the image.
M=${MYDOCKER:-$PWD/bin/mydocker}; here=$(cd "$(dirname "$0")" && pwd); T=$(mktemp -d); trap 'rm -rf "$T"' EXIT; cd "$T" || exit 2
export MYDOCKER_ROOT=$T/store
fail() { echo "FAIL: $*"; exit 1; }
cat "$here/images.py" - > mk.py <<'PY'
archive('a.tar','a:1',[base,tar(entry('.wh..wh.aufs',''),entry('.wh..wh.orph',mode=0o700),entry('.wh..wh.plnk',mode=0o700),entry('.wh..wh.plnk/1.2','shared'),entry('x',kind=tarfile.LNKTYPE,link='.wh..wh.plnk/1.2'),entry('f','x'))])
PY
python3 mk.py || exit 2
"$M" load -q -i a.tar >/dev/null || fail "not loaded"
o=$("$M" run --storage overlay a:1 cat /f /x 2>&1); [ "$o" = xshared ] || fail "$o"
echo OK
