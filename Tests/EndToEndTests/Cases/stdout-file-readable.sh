#!/bin/bash
# A container reads and truncates the host file that its output is appended to, by opening /proc/self/fd/1 again. docker gives a pipe.
M=${MYDOCKER:-$PWD/bin/mydocker}; P=${PROJECT:-$PWD}; T=$(mktemp -d); export MYDOCKER_ROOT=$T/store; trap 'rm -rf "$T"' EXIT
"$P"/scripts/busybox-rootfs | "$M" image import - busybox >/dev/null 2>&1; echo earlier-line-of-host >$T/log
"$M" run --storage overlay busybox sh -c 'read -t 1 x </proc/self/fd/1; echo "  container read: $x" >&2; : >/proc/self/fd/1' >>$T/log
[ -s $T/log ] && { echo OK; exit 0; }; echo "  host log is now $(stat -c %s $T/log) bytes"; echo FAIL; exit 1
