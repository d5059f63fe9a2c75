internal import Host

extension SeccompProfile {
    /// The profile of a usual container: docker's default as of 2026 in its meaning.
    ///
    /// Whoever changes the text changes ``standardVersion`` too: filters are kept by it.
    package static let standardVersion = 1

    /// See ``standardVersion``; the form is told at ``init(text:)``.
    package static let standardText = """
        # Whatever is not named fails as if root had no right to it: new system calls are closed until
        # somebody has looked
        # at them. Those that this program does not even know fail with ENOSYS, so that programs do without
        # them.
        default fail EPERM

        # Files, directories and descriptors: what they may do is decided by permissions, mounts and
        # capabilities.
        allow: _llseek access chdir chmod chown chown32 close close_range copy_file_range creat dup dup2 dup3
            faccessat
            faccessat2 fadvise64 fadvise64_64 fallocate fanotify_mark fchdir fchmod fchmodat fchmodat2 fchown
            fchown32 fchownat fcntl fcntl64 fdatasync fgetxattr flistxattr flock fremovexattr fsetxattr fstat
            fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64 futimesat getcwd getdents
            getdents64
            getxattr getxattrat inotify_add_watch inotify_init inotify_init1 inotify_rm_watch ioctl lchown
            lchown32 lgetxattr link linkat listmount listxattr listxattrat llistxattr lremovexattr lseek
            lsetxattr lstat lstat64 mkdir mkdirat mknod mknodat name_to_handle_at newfstatat open openat
            openat2
            pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead readlink readlinkat readv
            removexattr removexattrat rename renameat renameat2 rmdir sendfile sendfile64 setxattr setxattrat
            splice stat stat64 statfs statfs64 statmount statx symlink symlinkat sync sync_file_range syncfs
            tee
            truncate truncate64 umask unlink unlinkat utime utimensat utimensat_time64 utimes vmsplice write
            writev

        # Pipes, waiting for descriptors, timers behind descriptors.
        allow: _newselect epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2
            epoll_wait
            epoll_wait_old eventfd eventfd2 io_cancel io_destroy io_getevents io_pgetevents
            io_pgetevents_time64
            io_setup io_submit memfd_create memfd_secret pipe pipe2 poll ppoll ppoll_time64 pselect6
            pselect6_time64 select signalfd signalfd4 timerfd_create timerfd_gettime timerfd_gettime64
            timerfd_settime timerfd_settime64

        # Memory of one's own.
        allow: brk madvise map_shadow_stack membarrier mincore mlock mlock2 mlockall mmap mmap2 mprotect
            mremap mseal
            msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect process_mrelease
            remap_file_pages

        # Processes: making them without namespaces, running, ending, waiting, signals. (clone is below.)
        allow: execve execveat exit exit_group fork futex futex_requeue futex_time64 futex_wait futex_waitv
            futex_wake
            get_robust_list get_thread_area getpgid getpgrp getpid getppid getsid gettid kill
            landlock_add_rule
            landlock_create_ruleset landlock_restrict_self pause pidfd_open pidfd_send_signal prctl
            restart_syscall rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn
            rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo seccomp set_robust_list
            set_thread_area set_tid_address setpgid setsid sigaltstack sigprocmask sigreturn tgkill tkill
            uretprobe vfork wait4 waitid waitpid

        # Users, groups and capabilities: the kernel lets nobody have more than the bounding set.
        allow: capget capset getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32
            getresgid
            getresgid32 getresuid getresuid32 getuid getuid32 setfsgid setfsgid32 setfsuid setfsuid32 setgid
            setgid32 setgroups setgroups32 setregid setregid32 setresgid setresgid32 setresuid setresuid32
            setreuid setreuid32 setuid setuid32

        # Scheduling, limits and what was used.
        allow: getcpu getpriority getrlimit getrusage ioprio_get ioprio_set prlimit64 sched_get_priority_max
            sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler
            sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam
            sched_setscheduler sched_yield setpriority setrlimit sysinfo times ugetrlimit uname

        # Clocks and timers; setting a clock needs a capability besides (adjtimex reads without it).
        allow: adjtimex alarm clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime
            clock_gettime64 clock_nanosleep clock_nanosleep_time64 getitimer gettimeofday nanosleep setitimer
            time timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime
            timer_settime64

        # Sockets (socket itself is below) and messages between processes: they are in a namespace of their
        # own.
        allow: accept accept4 bind connect getpeername getsockname getsockopt ipc listen mq_getsetattr
            mq_notify
            mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink msgctl
            msgget msgrcv msgsnd recv recvfrom recvmmsg recvmmsg_time64 recvmsg semctl semget semop semtimedop
            semtimedop_time64 send sendmmsg sendmsg sendto setsockopt shmat shmctl shmdt shmget shutdown
            socketcall socketpair

        # The rest: random numbers, and what a processor has of its own.
        allow: cachestat getrandom riscv_hwprobe

        # Other processes of the container, which a kernel before 4.8 let get around this filter.
        allow from kernel 4.8: process_vm_readv process_vm_writev ptrace

        # Every family of sockets but AF_ALG (38: the kernel's cryptography) and AF_VSOCK (40: the host of a
        # virtual
        # machine, which no network namespace keeps away). On 32-bit x86 socketcall is a way around that.
        allow where 0 < 38: socket
        allow where 0 == 39: socket
        allow where 0 > 40: socket

        # The usual personality, 32 bits, and asking; not the ones that switch off protections.
        allow where 0 == 0x0: personality
        allow where 0 == 0x8: personality
        allow where 0 == 0x20000: personality
        allow where 0 == 0x20008: personality
        allow where 0 == 0xffffffff: personality

        # What some architectures have besides.
        allow on ppc64le: sync_file_range2 swapcontext
        allow on arm arm64: arm_fadvise64_64 arm_sync_file_range sync_file_range2 breakpoint cacheflush
            set_tls
        allow on amd64 x32: arch_prctl
        allow on amd64 x32 x86: modify_ldt
        allow on s390 s390x: s390_pci_mmio_read s390_pci_mmio_write s390_runtime_instr
        allow on riscv64: riscv_flush_icache

        # New namespaces: with a user namespace of its own a process is root over the mounts and networks
        # that it makes
        # there, which opens the most of the kernel. A filter cannot read clone3's arguments, so the C
        # library is told
        # that there is none, and uses clone.
        allow without CAP_SYS_ADMIN off s390 s390x where 0 & 0x7e020000 == 0: clone
        allow without CAP_SYS_ADMIN on s390 s390x where 1 & 0x7e020000 == 0: clone
        fail ENOSYS without CAP_SYS_ADMIN: clone3

        # What a capability that the container was given is for.
        allow with CAP_SYS_ADMIN: bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie
            lsm_get_self_attr lsm_list_modules lsm_set_self_attr mount mount_setattr move_mount open_tree
            perf_event_open quotactl quotactl_fd setdomainname sethostname setns syslog umount umount2 unshare
        allow with CAP_DAC_READ_SEARCH: open_by_handle_at
        allow with CAP_SYS_BOOT: reboot
        allow with CAP_SYS_CHROOT: chroot
        allow with CAP_SYS_MODULE: delete_module init_module finit_module
        allow with CAP_SYS_PACCT: acct
        allow with CAP_SYS_PTRACE: kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev ptrace
        allow with CAP_SYS_RAWIO: iopl ioperm
        allow with CAP_SYS_TIME: settimeofday stime clock_settime clock_settime64
        allow with CAP_SYS_TTY_CONFIG: vhangup
        allow with CAP_SYS_NICE: get_mempolicy mbind set_mempolicy set_mempolicy_home_node
        allow with CAP_SYSLOG: syslog
        allow with CAP_BPF: bpf
        allow with CAP_PERFMON: perf_event_open

        # Not here, and why: keyctl, add_key, request_key (keys know no namespace), io_uring_* and
        # userfaultfd (many ways
        # into the kernel were found there), kexec_*, swapon, nfsservctl, sysfs, uselib, ustat, move_pages,
        # migrate_pages.
        """
}
