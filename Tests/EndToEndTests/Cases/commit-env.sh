#!/bin/bash
# commit --change expands variables of the image, as a Dockerfile and docker commit do.
M=${MYDOCKER:-$PWD/bin/mydocker}; here=$(cd "$(dirname "$0")" && pwd); T=$(mktemp -d); trap 'rm -rf "$T"' EXIT; cd "$T" || exit 2
export MYDOCKER_ROOT=$T/store
fail() { echo "FAIL: $*"; exit 1; }
cat "$here/images.py" - > mk.py <<'PY'
archive('a.tar','e:1',[base],Env=['PATH=/bin','X=1'])
PY
python3 mk.py || exit 2
"$M" load -q -i a.tar >/dev/null || exit 2
"$M" run --storage overlay --name c --keep e:1 true || exit 2
"$M" commit -c "ENV PATH=\$PATH:/opt/bin" -c "ENV Y=\${X}2" -c "WORKDIR /w/\$X" c e:2 >/dev/null || exit 2
o=$("$M" run --storage overlay e:2 /bin/sh -c "echo \$PATH \$Y; pwd" 2>&1 | tr "\n" " ")
[ "$o" = "/bin:/opt/bin 12 /w/1 " ] || fail "got: $o"
echo OK
