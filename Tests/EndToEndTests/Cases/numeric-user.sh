#!/bin/bash
# A number given as user or group is that number, whatever the names in the image (CVE-2016-3697, CVE-2026-46680).
M=${MYDOCKER:-$PWD/bin/mydocker}; here=$(cd "$(dirname "$0")" && pwd); T=$(mktemp -d); trap 'rm -rf "$T"' EXIT; cd "$T" || exit 2
export MYDOCKER_ROOT=$T/store
fail() { echo "FAIL: $*"; exit 1; }
cat "$here/images.py" - > mk.py <<'PY'
archive('a.tar','u:1',[base,tar(entry('etc',mode=0o755),entry('etc/passwd','root:x:0:0::/root:/bin/sh\n1234:x:0:0::/:/bin/sh\n4294967296:x:0:0::/:/bin/sh\n'),entry('etc/group','root:x:0:\n4321:x:0:\n'))])
PY
python3 mk.py || exit 2
"$M" load -q -i a.tar >/dev/null || exit 2
u=$("$M" run --storage overlay -u 1234 u:1 id -u 2>&1)
g=$("$M" run --storage overlay -u 77:4321 u:1 id -g 2>&1)
b=$("$M" run --storage overlay -u 4294967296 u:1 id -u 2>&1)
[ "$u" = 1234 ] || fail "-u 1234 ran as uid $u (a user of the image is called 1234)"
[ "$g" = 4321 ] || fail "-u 77:4321 ran with gid $g"
[ "$b" != 0 ] || fail "-u 4294967296 ran as uid 0: too large a number was taken for a name"
echo OK
