#!/bin/bash
# What docker documents as "no limit" (0, and -1 for processes) is accepted.
M=${MYDOCKER:-$PWD/bin/mydocker}; here=$(cd "$(dirname "$0")" && pwd); T=$(mktemp -d); trap 'rm -rf "$T"' EXIT; cd "$T" || exit 2
export MYDOCKER_ROOT=$T/store
fail() { echo "FAIL: $*"; exit 1; }
cat "$here/images.py" - > mk.py <<'PY'
archive('a.tar','l:1',[base])
PY
python3 mk.py || exit 2
"$M" load -q -i a.tar >/dev/null || exit 2
for a in "--pids-limit -1" "--pids-limit=-1" "--pids-limit 0" "--memory 0" "--cpus 0" "--cpu-shares 0"; do o=$("$M" run --storage overlay $a l:1 true 2>&1) || fail "$a: $o"; done
echo OK
