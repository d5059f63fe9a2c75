#define _GNU_SOURCE
#include "clinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/fsverity.h>
#include <linux/kcmp.h>
#include <linux/keyctl.h>
#include <linux/loop.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

const int clx_O_PATH = O_PATH;
const int clx_O_TMPFILE = O_TMPFILE;
const int clx_AT_EMPTY_PATH = AT_EMPTY_PATH;
const int clx_AT_RECURSIVE = AT_RECURSIVE;
const int clx_SEEK_DATA = SEEK_DATA;
const int clx_SEEK_HOLE = SEEK_HOLE;
const int clx_RLIMIT_NOFILE = RLIMIT_NOFILE;
const int clx_RLIMIT_NPROC = RLIMIT_NPROC;
const int clx_RLIMIT_CORE = RLIMIT_CORE;
const int clx_FS_IMMUTABLE_FL = FS_IMMUTABLE_FL;
const int clx_FS_APPEND_FL = FS_APPEND_FL;
const unsigned clx_RENAME_NOREPLACE = RENAME_NOREPLACE;
const unsigned clx_RENAME_EXCHANGE = RENAME_EXCHANGE;

int clx_unshare(int flags) { return unshare(flags); }

int clx_setns(int fd, int type) { return setns(fd, type); }

int clx_pipe2(int ends[2], int flags) { return pipe2(ends, flags); }

int clx_renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags) {
    return renameat2(from_dir, from, to_dir, to, flags);
}

ssize_t clx_copy_file_range(int source, int64_t *source_offset, int destination,
                            int64_t *destination_offset, size_t length) {
    return copy_file_range(source, source_offset, destination, destination_offset, length, 0);
}

int clx_duplicate(int fd) { return fcntl(fd, F_DUPFD_CLOEXEC, 0); }

int clx_syncfs(int fd) { return syncfs(fd); }

int clx_start_writing(int fd, int64_t offset, int64_t length) {
    return sync_file_range(fd, offset, length, SYNC_FILE_RANGE_WRITE);
}

int clx_prctl(int operation, unsigned long argument) { return prctl(operation, argument, 0UL, 0UL, 0UL); }

pid_t clx_clone(uint64_t flags, int cgroup, int *pidfd) {
    struct clone_args args;
    memset(&args, 0, sizeof args);
    args.flags = flags | (pidfd ? CLONE_PIDFD : 0);
    args.pidfd = (uint64_t)(uintptr_t)pidfd;
    args.exit_signal = SIGCHLD;
    if (cgroup >= 0) {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = (uint64_t)cgroup;
    }
    pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof args);
    if (pid >= 0 || (errno != ENOSYS && errno != E2BIG) || cgroup >= 0) return pid;
    // clone(2) takes the pidfd's address in the place of parent_tid.
    return (pid_t)syscall(SYS_clone, (unsigned long)args.flags | SIGCHLD, NULL, pidfd, NULL, NULL);
}

void *clx_memmem(const void *where, size_t size, const void *what, size_t length)
{
    return memmem(where, size, what, length);
}

int clx_pivot_root(const char *new_root, const char *put_old) {
    return (int)syscall(SYS_pivot_root, new_root, put_old);
}

int clx_close_range(unsigned first, unsigned last, unsigned flags) {
    return (int)syscall(SYS_close_range, first, last, flags);
}

int clx_pidfd_open(pid_t process) { return (int)syscall(SYS_pidfd_open, process, 0); }

int clx_pidfd_send_signal(int pidfd, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int clx_openat(int directory, const char *path, int flags, mode_t mode) {
    return openat(directory, path, flags, mode);
}

int clx_mknodat(int directory, const char *path, mode_t mode, unsigned major, unsigned minor) {
    return mknodat(directory, path, mode, makedev(major, minor));
}

int clx_copy_window_size(int from, int to) {
    struct winsize size;
    int result = ioctl(from, TIOCGWINSZ, &size);
    if (result == 0) ioctl(to, TIOCSWINSZ, &size);
    return result;
}

#include <malloc.h>
#include <sys/auxv.h>
#include <sys/mman.h>

void clx_release_memory(void) {
    malloc_trim(0);
    // Below this frame, and what is called from here, nothing of the stack is in use.
    uintptr_t end = ((uintptr_t)__builtin_frame_address(0) - (8 << 10)) & ~(uintptr_t)4095;
    madvise((void *)(end - (256 << 10)), 256 << 10, MADV_DONTNEED);
}

unsigned clx_starting_user(void) { return (unsigned)getauxval(AT_EUID); }

int clx_get_window_size(int terminal, unsigned short *rows, unsigned short *columns) {
    struct winsize size;
    if (ioctl(terminal, TIOCGWINSZ, &size) != 0) return -1;
    *rows = size.ws_row;
    *columns = size.ws_col;
    return 0;
}

int clx_set_window_size(int terminal, unsigned short rows, unsigned short columns) {
    struct winsize size = {.ws_row = rows, .ws_col = columns};
    return ioctl(terminal, TIOCSWINSZ, &size);
}

int clx_set_controlling_terminal(int terminal) { return ioctl(terminal, TIOCSCTTY, 0); }

int clx_unlock_pty(int master) {
    int unlock = 0;
    return ioctl(master, TIOCSPTLCK, &unlock);
}

int clx_pty_peer(int master, int flags) { return ioctl(master, TIOCGPTPEER, flags); }

int clx_clone_file(int destination, int source) { return ioctl(destination, FICLONE, source); }

int clx_get_inode_flags(int fd, int *flags) { return ioctl(fd, FS_IOC_GETFLAGS, flags); }

int clx_set_inode_flags(int fd, int flags) { return ioctl(fd, FS_IOC_SETFLAGS, &flags); }

int clx_interface_up(const char *name) {
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    struct ifreq request;
    memset(&request, 0, sizeof request);
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    int result = ioctl(fd, SIOCGIFFLAGS, &request);
    if (result == 0) {
        request.ifr_flags |= IFF_UP;
        result = ioctl(fd, SIOCSIFFLAGS, &request);
    }
    int saved = errno;
    close(fd);
    errno = saved;
    return result;
}

int clx_capset(uint64_t effective, uint64_t permitted, uint64_t inheritable) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    struct __user_cap_data_struct data[2] = {
        {(uint32_t)effective, (uint32_t)permitted, (uint32_t)inheritable},
        {(uint32_t)(effective >> 32), (uint32_t)(permitted >> 32), (uint32_t)(inheritable >> 32)},
    };
    return (int)syscall(SYS_capset, &header, data);
}

int clx_capget(uint64_t *permitted) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    struct __user_cap_data_struct data[2];
    int result = (int)syscall(SYS_capget, &header, data);
    if (result == 0) *permitted = (uint64_t)data[1].permitted << 32 | data[0].permitted;
    return result;
}

int clx_bpf_load_device_program(const uint64_t *instructions, uint32_t count) {
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
    attributes.insn_cnt = count;
    attributes.insns = (uint64_t)(uintptr_t)instructions;
    attributes.license = (uint64_t)(uintptr_t)"Apache-2.0";
    return (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof attributes);
}

int clx_bpf_attach_device_program(int cgroup, int program) {
    union bpf_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.target_fd = (uint32_t)cgroup;
    attributes.attach_bpf_fd = (uint32_t)program;
    attributes.attach_type = BPF_CGROUP_DEVICE;
    attributes.attach_flags = BPF_F_ALLOW_MULTI;
    return (int)syscall(SYS_bpf, BPF_PROG_ATTACH, &attributes, sizeof attributes);
}

int clx_seccomp_filter(const void *filter, unsigned short count) {
    struct sock_fprog program = {.len = count, .filter = (struct sock_filter *)filter};
    // Before Linux 5.16 a filter costs each program the speculation of stores, unless it is allowed.
    int result = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program);
    if (result == 0 || (errno != EINVAL && errno != ENOSYS)) return result;
    // The older call, which takes no flags: before Linux 4.17 there is none of that name, before 3.17 no seccomp(2).
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0UL, 0UL);
}

int clx_seccomp_available(void) {
    // EFAULT: it would have looked at the filter (prctl(2), seccomp(2)).
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0UL, 0UL) == -1 && errno == EFAULT;
}

int clx_set_limit(pid_t process, int resource, uint64_t soft, uint64_t hard) {
    struct rlimit old, new = {.rlim_cur = soft, .rlim_max = hard};
    if (prlimit(process, resource, NULL, &old) != 0) return -1;
    if (old.rlim_cur == new.rlim_cur && old.rlim_max == new.rlim_max) return 0;
    if (prlimit(process, resource, &new, NULL) == 0) return 0;
    if (errno != EPERM) return -1;
    new.rlim_max = old.rlim_max;
    if (new.rlim_cur > new.rlim_max) new.rlim_cur = new.rlim_max;
    if (old.rlim_cur == new.rlim_cur) return 0;
    return prlimit(process, resource, &new, NULL);
}

int clx_map_mount_ids(int mount, int user_namespace) {
    struct mount_attr attributes = {.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)user_namespace};
    return (int)syscall(SYS_mount_setattr, mount, "", AT_EMPTY_PATH, &attributes, sizeof attributes);
}

int clx_act_as(uid_t user, gid_t group) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &header, data) != 0) return -1;
    // What is returned is the former ID, whatever happens: it is asked for again.
    syscall(SYS_setfsgid, group);
    syscall(SYS_setfsuid, user);
    if ((gid_t)syscall(SYS_setfsgid, (gid_t)-1) != group || (uid_t)syscall(SYS_setfsuid, (uid_t)-1) != user) {
        errno = EINVAL;
        return -1;
    }
    // Which the change has made smaller (capabilities(7)).
    return (int)syscall(SYS_capset, &header, data);
}

int clx_become(uid_t user, gid_t group) {
    if (syscall(SYS_setresgid, group, group, group) != 0) return -1;
    return (int)syscall(SYS_setresuid, user, user, user);
}

long clx_new_session_keyring(void) { return syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL); }

int clx_send_descriptor(int socket, int descriptor) {
    char byte = 0;
    struct iovec payload = {.iov_base = &byte, .iov_len = 1};
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    struct msghdr message = {.msg_iov = &payload, .msg_iovlen = 1, .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
    ssize_t sent;
    do sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -1 : 0;
}

int clx_receive_descriptor(int socket) {
    char byte;
    struct iovec payload = {.iov_base = &byte, .iov_len = 1};
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    struct msghdr message = {.msg_iov = &payload, .msg_iovlen = 1, .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    ssize_t received;
    do received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    while (received < 0 && errno == EINTR);
    if (received < 0) return -1;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (received == 0 || !header || header->cmsg_type != SCM_RIGHTS) {
        errno = ENODATA;
        return -1;
    }
    int descriptor;
    memcpy(&descriptor, CMSG_DATA(header), sizeof descriptor);
    return descriptor;
}

int clx_exited(int status) { return WIFEXITED(status); }
int clx_exit_status(int status) { return WEXITSTATUS(status); }
int clx_term_signal(int status) { return WTERMSIG(status); }

void clx_reset_signals(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; number++) sigaction(number, &action, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static int open_resolving(int directory, const char *path, int flags, mode_t mode, uint64_t resolve) {
    struct open_how how;
    memset(&how, 0, sizeof how);
    how.flags = (uint64_t)flags;
    how.mode = (flags & O_CREAT) ? mode : 0;
    how.resolve = resolve;
    return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
}

int clx_openat_beneath(int directory, const char *path, int flags) {
    return open_resolving(directory, path, flags, 0,
                          RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
}

unsigned clx_device_major(uint64_t device) { return major(device); }
unsigned clx_device_minor(uint64_t device) { return minor(device); }

int clx_mkostemp(char *name, int flags) { return mkostemp(name, flags); }

int clx_openat_same_mount(int directory, const char *name, int flags) {
    return open_resolving(directory, name, flags, 0, RESOLVE_NO_XDEV);
}

ssize_t clx_getdents64(int directory, void *buffer, size_t size) {
    return syscall(SYS_getdents64, directory, buffer, size);
}

int clx_openat_in_tree(int directory, const char *path, int flags) {
    return open_resolving(directory, path, flags, 0,
                          RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV);
}

int clx_openat_without_magic_links(int directory, const char *path, int flags) {
    return open_resolving(directory, path, flags, 0, RESOLVE_NO_MAGICLINKS);
}

int clx_same_open_file(int one, int other) {
    pid_t self = getpid();
    long order = syscall(SYS_kcmp, self, self, KCMP_FILE, one, other);
    return order < 0 ? -1 : order == 0;
}

int clx_is_ignored(int signal) {
    struct sigaction action;
    return sigaction(signal, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

long clx_getcwd(char *buffer, size_t size) { return syscall(SYS_getcwd, buffer, size); }

int clx_openat_in_root(int directory, const char *path, int flags, mode_t mode) {
    return open_resolving(directory, path, flags, mode, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

// From linux/mount.h and linux/stat.h, which this system's are too old for.
enum {
    CLX_STATMOUNT_MNT_BASIC = 0x2,
    CLX_STATMOUNT_MNT_POINT = 0x10,
    CLX_STATMOUNT_FS_TYPE = 0x20,
    CLX_STATMOUNT_MNT_OPTS = 0x80,
    CLX_STATX_MNT_ID_UNIQUE = 0x4000,
    CLX_STATX_ATTR_MOUNT_ROOT = 0x2000,
    // The same on every architecture.
    CLX_NR_STATMOUNT = 457,
    CLX_NR_LISTMOUNT = 458,
};
static const uint64_t clx_LSMT_ROOT = UINT64_MAX;

struct clx_mnt_id_req {
    uint32_t size, spare;
    uint64_t mnt_id, param;
};

struct clx_statmount_answer {
    uint32_t size, mnt_opts;
    uint64_t mask;
    uint32_t sb_dev_major, sb_dev_minor;
    uint64_t sb_magic;
    uint32_t sb_flags, fs_type;
    uint64_t mnt_id, mnt_parent_id;
    uint32_t mnt_id_old, mnt_parent_id_old;
    uint64_t mnt_attr, mnt_propagation, mnt_peer_group, mnt_master, propagate_from;
    uint32_t mnt_root, mnt_point;
    uint64_t rest[50];
    char strings[];
};
_Static_assert(sizeof(struct clx_statmount_answer) == 512, "as large as the kernel's");

int clx_statmount(uint64_t id, void *buffer, size_t size, struct clx_mount_status *status) {
    struct clx_mnt_id_req request = {
        sizeof request, 0, id,
        CLX_STATMOUNT_MNT_BASIC | CLX_STATMOUNT_MNT_POINT | CLX_STATMOUNT_FS_TYPE | CLX_STATMOUNT_MNT_OPTS};
    if (syscall(CLX_NR_STATMOUNT, &request, buffer, size, 0) != 0) return -1;
    const struct clx_statmount_answer *answer = buffer;
    status->parent = answer->mask & CLX_STATMOUNT_MNT_BASIC ? answer->mnt_parent_id : 0;
    status->target = answer->mask & CLX_STATMOUNT_MNT_POINT ? answer->strings + answer->mnt_point : NULL;
    status->type = answer->mask & CLX_STATMOUNT_FS_TYPE ? answer->strings + answer->fs_type : NULL;
    status->options = answer->mask & CLX_STATMOUNT_MNT_OPTS ? answer->strings + answer->mnt_opts : NULL;
    return 0;
}

ssize_t clx_listmount(uint64_t *ids, size_t count, uint64_t after) {
    struct clx_mnt_id_req request = {sizeof request, 0, clx_LSMT_ROOT, after};
    return syscall(CLX_NR_LISTMOUNT, &request, ids, count, 0);
}

uint64_t clx_mount_id(const char *path) {
    struct statx status;
    if (statx(AT_FDCWD, path, AT_NO_AUTOMOUNT | AT_SYMLINK_NOFOLLOW, CLX_STATX_MNT_ID_UNIQUE, &status) != 0) return 0;
    if (!(status.stx_mask & CLX_STATX_MNT_ID_UNIQUE)) return 0;
    if (!(status.stx_attributes & CLX_STATX_ATTR_MOUNT_ROOT)) return 0;
    // stx_mnt_id, by another name in this system's header.
    uint64_t id;
    memcpy(&id, (const char *)&status + 0x90, sizeof id);
    return id;
}

int clx_loop_free(int control) { return ioctl(control, LOOP_CTL_GET_FREE); }

static int attach_in_steps(int device, int file, uint32_t flags) {
    if (ioctl(device, LOOP_SET_FD, file) != 0) return -1;
    struct loop_info64 info;
    memset(&info, 0, sizeof info);
    info.lo_flags = flags & LO_FLAGS_AUTOCLEAR;
    if (ioctl(device, LOOP_SET_STATUS64, &info) == 0) return 0;
    int saved = errno;
    ioctl(device, LOOP_CLR_FD);
    errno = saved;
    return -1;
}

int clx_loop_attach(int device, int file, int direct) {
    struct loop_config config;
    memset(&config, 0, sizeof config);
    config.fd = (uint32_t)file;
    config.info.lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR | (direct ? LO_FLAGS_DIRECT_IO : 0);
    if (ioctl(device, LOOP_CONFIGURE, &config) == 0) return 0;
    // Linux 5.8 has it first. What is opened read-only is a read-only device.
    if (errno != ENOTTY && errno != EINVAL) return -1;
    if (direct) return clx_loop_attach(device, file, 0);
    return attach_in_steps(device, file, config.info.lo_flags);
}

int clx_loop_file(int device, uint64_t *file_device, uint64_t *file_inode) {
    struct loop_info64 info;
    uint32_t flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR;
    if (ioctl(device, LOOP_GET_STATUS64, &info) != 0 || info.lo_offset != 0 || info.lo_sizelimit != 0 ||
        (info.lo_flags & flags) != flags)
        return -1;
    *file_device = info.lo_device;
    *file_inode = info.lo_inode;
    return 0;
}

int clx_enable_verity(int file) {
    struct fsverity_enable_arg argument;
    memset(&argument, 0, sizeof argument);
    argument.version = 1;
    argument.hash_algorithm = FS_VERITY_HASH_ALG_SHA256;
    argument.block_size = 4096;
    return ioctl(file, FS_IOC_ENABLE_VERITY, &argument);
}

struct spawning {
    const struct clx_program *program;
    sigset_t mask;
    int reason;
};

// Runs in the caller's memory, as vfork(2) has it: nothing but system calls.
static int become_program(void *argument)
{
    struct spawning *spawning = argument;
    const struct clx_program *program = spawning->program;
    enum { first = 3, safe = 16 };
    clx_reset_signals();
    setpgid(0, 0);
    umask(022);
    if (program->dies_with_parent) prctl(PR_SET_PDEATHSIG, SIGKILL, 0UL, 0UL, 0UL);
    // Out of the way of the numbers that they are to have.
    int moved[4] = {program->streams[0], program->streams[1], program->streams[2], program->executable};
    int count = program->executable < 0 ? 3 : 4;
    for (int index = 0; index < count; index++) {
        moved[index] = fcntl(moved[index], F_DUPFD, safe);
        if (moved[index] < 0) goto failed;
    }
    for (int index = 0; index < count; index++)
        if (dup2(moved[index], index) < 0) goto failed;
    if (clx_close_range((unsigned)count, ~0U, 0) != 0)
        for (int number = count; number < 1024; number++) close(number);
    if (program->has_own_mounts && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) goto failed;
    if (chdir("/") != 0) goto failed;
    // Not closed by the call: an interpreter opens its script by that number.
    if (count > first)
        syscall(SYS_execveat, first, "", program->arguments, program->environment, AT_EMPTY_PATH);
    else
        execve(program->path, program->arguments, program->environment);
failed:
    spawning->reason = errno;
    _exit(127);
}

pid_t clx_start_program(const struct clx_program *program)
{
    enum { size = 64 << 10 };
    char *stack = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED) return -1;
    struct spawning spawning = {.program = program};
    sigset_t all;
    sigfillset(&all);
    // A handler must not run in the new process, which shares this one's memory.
    sigprocmask(SIG_BLOCK, &all, &spawning.mask);
    int flags = CLONE_VM | CLONE_VFORK | SIGCHLD | (program->has_own_mounts ? CLONE_NEWNS : 0);
    pid_t process = clone(become_program, stack + size, flags, &spawning);
    int reason = process < 0 ? errno : spawning.reason;
    if (process > 0 && reason != 0) {
        while (waitpid(process, NULL, 0) < 0 && errno == EINTR) {}
        process = -1;
    }
    sigprocmask(SIG_SETMASK, &spawning.mask, NULL);
    munmap(stack, size);
    errno = reason;
    return process;
}

int clx_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

pid_t clx_thread_id(void) { return (pid_t)syscall(SYS_gettid); }
