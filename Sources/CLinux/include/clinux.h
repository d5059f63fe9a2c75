// System calls that glibc does not wrap (or wraps only as variadic functions or macros, which Swift
// cannot import), and kernel constants whose macros Swift cannot evaluate.
#ifndef CLINUX_H
#define CLINUX_H

// The C library's types are those of Swift's own module of it, not others of this one: Swift would take what several
// targets say of struct stat for several structures.
#ifdef __swift__
#pragma clang module import SwiftGlibc
#endif

#include "clbtrfs.h"

#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/filter.h>
#include <linux/magic.h>
#include <linux/sched.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/statfs.h>
#include <sys/types.h>
#include <sys/xattr.h>

// Constants that glibc shows only under _GNU_SOURCE, which would clash with Swift's own Glibc module.
extern const int clx_O_PATH, clx_O_TMPFILE, clx_AT_EMPTY_PATH, clx_AT_RECURSIVE, clx_SEEK_DATA, clx_SEEK_HOLE;
extern const int clx_FS_IMMUTABLE_FL, clx_FS_APPEND_FL;
extern const int clx_RLIMIT_NOFILE, clx_RLIMIT_NPROC, clx_RLIMIT_CORE;
extern const unsigned clx_RENAME_NOREPLACE, clx_RENAME_EXCHANGE;

// Calls that glibc shows only under _GNU_SOURCE.
int clx_unshare(int flags);
int clx_setns(int fd, int type);
int clx_pipe2(int ends[2], int flags);
int clx_renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags);
ssize_t clx_copy_file_range(int source, int64_t *source_offset, int destination,
                            int64_t *destination_offset, size_t length);
int clx_syncfs(int fd);
/// fcntl(2) with F_DUPFD_CLOEXEC.
int clx_duplicate(int fd);
/// sync_file_range(2) with SYNC_FILE_RANGE_WRITE: begins to write to disk, and does not wait.
int clx_start_writing(int fd, int64_t offset, int64_t length);
/// memmem(3): a GNU extension.
void *clx_memmem(const void *where, size_t size, const void *what, size_t length);

// prctl(2) is variadic in C.
int clx_prctl(int operation, unsigned long argument);

// clone3(2) without a new stack: returns twice, like fork(2). `cgroup` is a directory descriptor for
// CLONE_INTO_CGROUP or -1. Falls back to clone(2) where clone3 is missing and no cgroup is asked for.
pid_t clx_clone(uint64_t flags, int cgroup, int *pidfd);

int clx_pivot_root(const char *new_root, const char *put_old);
int clx_close_range(unsigned first, unsigned last, unsigned flags);
int clx_pidfd_open(pid_t process);
int clx_pidfd_send_signal(int pidfd, int signal);

// open(2) and openat(2) are variadic in C.
int clx_openat(int directory, const char *path, int flags, mode_t mode);
int clx_mknodat(int directory, const char *path, mode_t mode, unsigned major, unsigned minor);

// ioctl(2) is variadic in C.
int clx_copy_window_size(int from, int to);
int clx_get_window_size(int terminal, unsigned short *rows, unsigned short *columns);
int clx_set_window_size(int terminal, unsigned short rows, unsigned short columns);
int clx_set_controlling_terminal(int terminal);
int clx_unlock_pty(int master);
int clx_pty_peer(int master, int flags);
int clx_clone_file(int destination, int source);
int clx_get_inode_flags(int fd, int *flags);
int clx_set_inode_flags(int fd, int flags);
// Sets IFF_UP on the interface called `name` in the current network namespace.
int clx_interface_up(const char *name);

// Sets effective, permitted and inheritable capability sets of the calling thread.
int clx_capset(uint64_t effective, uint64_t permitted, uint64_t inheritable);

// The permitted capabilities of the calling thread.
int clx_capget(uint64_t *permitted);

// What statmount(2) says of a mount: strings in the caller's buffer, or NULL for what this kernel does not tell.
struct clx_mount_status {
    const char *type, *target, *options;
    // The mount that it is mounted on: itself for a namespace's lowest.
    uint64_t parent;
};
// statmount(2), Linux 6.8: -1 with EOVERFLOW for a buffer that is too small, with ENOSYS where there is none.
int clx_statmount(uint64_t id, void *buffer, size_t size, struct clx_mount_status *status);
// listmount(2): the mounts of this namespace that follow the mount `after` (0 for the first); how many.
ssize_t clx_listmount(uint64_t *ids, size_t count, uint64_t after);
// statx(2): the number that statmount(2) takes of the mount whose root `path` is; 0 if it is no mount's, or the kernel does not tell.
uint64_t clx_mount_id(const char *path);

// bpf(2): loads a BPF_PROG_TYPE_CGROUP_DEVICE program of `count` instructions; attaches one to a cgroup v2 directory.
int clx_bpf_load_device_program(const uint64_t *instructions, uint32_t count);
int clx_bpf_attach_device_program(int cgroup, int program);

// seccomp(2): SECCOMP_SET_MODE_FILTER with an array of `count` struct sock_filter; whether the kernel has filters.
int clx_seccomp_filter(const void *filter, unsigned short count);
int clx_seccomp_available(void);

// prlimit(2), of this process for 0, with no more than the hard limit where that may not be raised.
int clx_set_limit(pid_t process, int resource, uint64_t soft, uint64_t hard);

// mount_setattr(2) with MOUNT_ATTR_IDMAP, Linux 5.12: the files of a mount that is nowhere yet (open_tree(2)) belong to whom the
// user namespace says.
int clx_map_mount_ids(int mount, int user_namespace);
// setfsuid(2), setfsgid(2): files that this thread makes belong to these; it keeps its capabilities.
int clx_act_as(uid_t user, gid_t group);
// setresgid(2), setresuid(2) of this thread alone.
int clx_become(uid_t user, gid_t group);

// keyctl(2): KEYCTL_JOIN_SESSION_KEYRING with a new keyring.
long clx_new_session_keyring(void);

// Sends, or receives, one descriptor over a UNIX socket (SCM_RIGHTS); receiving returns it, O_CLOEXEC.
int clx_send_descriptor(int socket, int descriptor);
int clx_receive_descriptor(int socket);

// UNIX sockets that keep messages apart (SOCK_SEQPACKET), non-blocking and O_CLOEXEC: one that listens at a path, which must
// be free; one that is connected to it; the next that has connected; a pair.
int clx_listen_packets(const char *path);
int clx_connect_packets(const char *path);
int clx_accept_packets(int listener);
int clx_packet_pair(int ends[2]);
// send(2) of one message without SIGPIPE and without waiting.
ssize_t clx_send_packet(int socket, const void *bytes, size_t size);

// wait status decoding: macros in C.
int clx_exited(int status);
int clx_exit_status(int status);
int clx_term_signal(int status);

// Restores the default action of every signal and empties the mask.
void clx_reset_signals(void);

// openat2(2), which glibc does not wrap: opens `path` beneath `directory`, through no symbolic link.
int clx_openat_beneath(int directory, const char *path, int flags);

// The two parts of a device number: macros in C.
unsigned clx_device_major(uint64_t device);
unsigned clx_device_minor(uint64_t device);

// mkostemp(3), which glibc shows only under _GNU_SOURCE.
int clx_mkostemp(char *name, int flags);

// openat2(2) with RESOLVE_NO_XDEV: opens `name` in `directory`; EXDEV if something is mounted there.
int clx_openat_same_mount(int directory, const char *name, int flags);

// openat2(2): opens `path` beneath `directory`, through no symbolic link, and into nothing that is mounted there:
// EXDEV then.
int clx_openat_in_tree(int directory, const char *path, int flags);

// openat2(2) with RESOLVE_IN_ROOT: opens `path` as a process would whose root is `directory`.
int clx_openat_in_root(int directory, const char *path, int flags, mode_t mode);

// openat2(2) with RESOLVE_NO_MAGICLINKS: ELOOP for a link of /proc that is an open file and no path.
int clx_openat_without_magic_links(int directory, const char *path, int flags);

// The effective user that the program was started with (getauxval(3), AT_EUID): no system call.
unsigned clx_starting_user(void);

// Gives back what is free of the heap, and what the stack has needed before: for a process that waits from now on.
void clx_release_memory(void);

// getcwd(2) itself: glibc's function would hide that the directory is unreachable. The length with the null byte, or -1.
long clx_getcwd(char *buffer, size_t size);

// kcmp(2) with KCMP_FILE, of this process: 1 if both descriptors are one open file, 0 if not, -1 if it cannot be told.
int clx_same_open_file(int one, int other);

// True if the signal's action is to be ignored: a macro's value that Swift cannot compare.
int clx_is_ignored(int signal);

// getdents64(2): fills the buffer with struct dirent; glibc shows it only under _GNU_SOURCE.
ssize_t clx_getdents64(int directory, void *buffer, size_t size);

// Loop devices (loop(4)): a number that is free; attaching a file, read-only and until nobody uses the device, past its
// cache if `direct` and the kernel can; the device and inode number of the file that a device shows in this way, or -1.
int clx_loop_free(int control);
int clx_loop_attach(int device, int file, int direct);
int clx_loop_file(int device, uint64_t *file_device, uint64_t *file_inode);

// ioctl(2) FS_IOC_ENABLE_VERITY with SHA-256 and blocks of 4096 bytes.
int clx_enable_verity(int file);

// A program to be started. `executable` is an open (O_PATH) file, or -1 where `path` says it.
struct clx_program {
    int executable;
    const char *path;
    char *const *arguments;
    char *const *environment;
    int streams[3];
    // Whether it gets a mount namespace of its own, nothing of which is seen elsewhere.
    int has_own_mounts;
    // Whether it is killed when the thread that starts it ends.
    int dies_with_parent;
};
// Starts it in "/", in a process group of its own, with nothing open but its streams, and all signals as they are by
// default. -1 with errno, that of execve(2) too.
pid_t clx_start_program(const struct clx_program *program);
// gettid(2).
pid_t clx_thread_id(void);
// A file in memory, closed by execve(2).
int clx_memory_file(const char *name);

#endif
