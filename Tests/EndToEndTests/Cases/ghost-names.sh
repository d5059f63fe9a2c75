#!/bin/bash
# A deletion of something that no lower layer has (or has hidden already) leaves no name behind that readdir shows and stat denies.
M=${MYDOCKER:-$PWD/bin/mydocker}; here=$(cd "$(dirname "$0")" && pwd); T=$(mktemp -d); trap 'rm -rf "$T"' EXIT; cd "$T" || exit 2
export MYDOCKER_ROOT=$T/store
fail() { echo "FAIL: $*"; exit 1; }
cat "$here/images.py" - > mk.py <<'PY'
low=tar(entry('d',mode=0o755),entry('d/old','x'))
archive('a.tar','g:1',[base,low,tar(entry('d',mode=0o755),entry('d/.wh..wh..opq',''),entry('d/.wh.old',''),entry('d/new','n'))])
archive('b.tar','g:2',[base,tar(entry('n/.wh.gone',''),entry('n/here','x'))])
archive('c.tar','g:3',[base,tar(entry('t',mode=0o755),entry('t/keep','k'),entry('l',kind=tarfile.SYMTYPE,link='t')),tar(entry('l/.wh.keep',''),entry('l/x','x'))])
PY
python3 mk.py || exit 2
for f in a b c; do "$M" load -q -i $f.tar >/dev/null || exit 2; done
for d in $("$M" storage ls | awk '$2=="yes"{print $1}'); do
  for c in "g:1 /d new" "g:2 /n here" "g:3 /l/ x"; do set -- $c
    o=$("$M" run --storage $d $1 ls -A $2 2>&1 | tr "\n" " "); e=$("$M" run --storage $d $1 ls -la $2 2>&1 >/dev/null)
    [ "$o" = "$3 " ] && [ -z "$e" ] || fail "$d $1: ls $2 shows: $o$e"; done; done
echo OK
