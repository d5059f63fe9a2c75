#!/bin/bash
# A layer that names only files leaves mode and owner of the directories below as they were, with every driver.
M=${MYDOCKER:-$PWD/bin/mydocker}; here=$(cd "$(dirname "$0")" && pwd); T=$(mktemp -d); trap 'rm -rf "$T"' EXIT; cd "$T" || exit 2
export MYDOCKER_ROOT=$T/store
fail() { echo "FAIL: $*"; exit 1; }
cat "$here/images.py" - > mk.py <<'PY'
archive('a.tar','p:1',[base,tar(entry('tmp',mode=0o1777),entry('home',mode=0o755),entry('home/u',mode=0o700,uid=1000,gid=1000)),tar(entry('tmp/f','x'),entry('home/u/f','x'))])
PY
python3 mk.py || exit 2
"$M" load -q -i a.tar >/dev/null || exit 2
for d in $("$M" storage ls | awk '$2=="yes"{print $1}'); do o=$("$M" run --storage $d p:1 stat -c "%a %u" /tmp /home/u 2>&1 | tr "\n" " "); [ "$o" = "1777 0 700 1000 " ] || fail "$d: /tmp and /home/u are: $o"; done
# What an earlier version unpacked wrongly is found, and made again.
for l in "$T"/store/storage/*/snapshots/*/fs; do [ -d "$l/tmp" ] && chmod 755 "$l/tmp"; [ -d "$l/home/u" ] && chown 0:0 "$l/home/u"; done
"$M" storage verify >verified 2>&1 && fail "verify takes them for whole"
"$M" storage verify --repair >repaired 2>&1 || fail "not repaired: $(tail -3 repaired)"
for d in $("$M" storage ls | awk '$2=="yes"{print $1}'); do o=$("$M" run --storage $d p:1 stat -c "%a %u" /tmp /home/u 2>&1 | tr "\n" " "); [ "$o" = "1777 0 700 1000 " ] || fail "$d after the repair: $o"; done
echo OK
