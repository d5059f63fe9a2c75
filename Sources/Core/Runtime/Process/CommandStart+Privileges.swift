internal import CLinux
internal import Glibc
internal import Host
internal import SystemPackage

/// What shuts the command in besides namespaces and mounts.
extension CommandStart {
    /// Leaves the host's session keyring for one of the container's own (keyrings(7)): the keys in it were the caller's.
    func joinNewKeyring() throws(SystemCallError) {
        do { try systemCall("keyctl", "a new session keyring") { clx_new_session_keyring() } } catch {
            // A kernel without keys.
            guard error.errno == .noFunction else { throw error }
        }
    }

    /// Gives the command docker's limits instead of whatever mydocker's caller had; never more than may be given.
    func setResourceLimits() throws(SystemCallError) {
        for limit in limits { try limit.apply(to: 0) }
    }

    /// Gives a process that is about to do the same what it could not take: one in a user namespace, whose root may not
    /// raise anything.
    func allowResourceLimits(of process: pid_t) throws(SystemCallError) {
        for var limit in limits {
            limit.soft = limit.hard
            try limit.apply(to: process)
        }
        try setMemoryPriority(of: FilePath("/proc/\(process)"))
    }

    func setMemoryPriority(of process: FilePath = "/proc/self") throws(SystemCallError) {
        guard let adjustment = spec.oomScoreAdjustment else { return }
        try Files.set(process.appending("oom_score_adj"), "\(adjustment)")
    }

    private var limits: [ProcessLimit] {
        Self.usualLimits.filter { usual in !spec.limits.contains { $0.name == usual.name } } + spec.limits
    }

    private static let usualLimits = [
        // What systemd gives services, and so docker's containers have: select(2) cannot take more than the first.
        ProcessLimit(name: "nofile", soft: 1024, hard: 524_288),
        ProcessLimit(name: "nproc", soft: .max, hard: .max),
        ProcessLimit(name: "core", soft: .max, hard: .max),
    ]

    /// Gives up every capability that the container does not get, for good (capabilities(7)), becomes the user, and puts
    /// the filter of system calls into force.
    func giveUpPrivileges(becoming user: ContainerUser) throws {
        // seccomp(2): a filter needs CAP_SYS_ADMIN, or a process that can gain nothing any more.
        if !spec.privileges.noNewPrivileges { try applyFilter() }
        let kept = spec.privileges.capabilities.bits
        for capability in 0..<UInt64(64) where kept & 1 << capability == 0 {
            if clx_prctl(PR_CAPBSET_DROP, UInt(capability)) == 0 { continue }
            // EINVAL: the kernel has no capability of that number, nor any above.
            guard Errno.current == .invalidArgument else { throw SystemCallError("prctl", "PR_CAPBSET_DROP") }
            break
        }
        // While there are the capabilities for it; they go with the user ID unless that stays 0.
        try become(user)
        let left = user.uid == 0 ? kept : 0
        try systemCall("capset") { clx_capset(left, left, 0) }
        guard spec.privileges.noNewPrivileges else { return }
        try systemCall("prctl", "PR_SET_NO_NEW_PRIVS") { clx_prctl(PR_SET_NO_NEW_PRIVS, 1) }
        try applyFilter()
    }

    private func applyFilter() throws(SystemCallError) {
        let filter = spec.privileges.filter
        guard !filter.isEmpty else { return }
        try systemCall("seccomp", "\(filter.count / 8) instructions") {
            filter.withUnsafeBytes { clx_seccomp_filter($0.baseAddress, UInt16(filter.count / 8)) }
        }
    }
}
