#!/bin/bash
# System calls that docker's default seccomp profile refuses to a default container and mydocker allows. OK = none.
M=${MYDOCKER:-$PWD/bin/mydocker}; P=${PROJECT:-$PWD}; T=$(mktemp -d); export MYDOCKER_ROOT=$T/store; trap 'rm -rf "$T"' EXIT
mkdir $T/rootfs; "$P"/scripts/busybox-rootfs | tar -x -C $T/rootfs
gcc -w -O1 -static -o $T/rootfs/bin/probe "$(dirname "$0")/system-calls.c" || exit 2
tar -C $T/rootfs -c . | "$M" image import - atk >/dev/null 2>&1
gcc -w -O1 -static -o $T/keyr "$(dirname "$0")/keys.c"
n=$("$M" run --storage overlay atk probe 2>/dev/null | grep ALLOWED | grep -E '^(unshare\(NEWUSER|userns: (mount (tmpfs|overlay|cgroup)|AF_PACKET|NETLINK)|add_key|keyctl|perf_event|io_uring|userfaultfd|fanotify_init|open_tree |personality|kcmp|pidfd_getfd|move_pages|mbind|[gs]et_mempolicy|sysfs|socket AF_VSOCK)' | tee /dev/stderr | wc -l)
$T/keyr unlink probe -4 >/dev/null 2>&1
[ $n = 0 ] && { echo OK; exit 0; }; echo "  $n allowed"; echo FAIL; exit 1
