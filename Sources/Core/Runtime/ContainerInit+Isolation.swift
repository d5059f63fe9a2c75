internal import CLinux
internal import Glibc
internal import Host
internal import SystemPackage

/// What shuts the command in besides namespaces and mounts.
extension ContainerInit {
    /// Makes the nodes of the devices that the container was given.
    func makeDevices() throws {
        for device in message.isolation.devices {
            guard let name = device.path.lastComponent else { continue }
            let directory = try ContainerPath.openDirectory(making: device.path.parent)
            let kind: mode_t = device.isBlock ? S_IFBLK : S_IFCHR
            let made = name.withPlatformString {
                clx_mknodat(directory.rawValue, $0, kind | device.mode, device.major, device.minor)
            }
            if made != 0 {
                // What every container has already.
                guard cErrno == EEXIST, Files.isDevice(device.path) else {
                    throw SystemCallError("mknod", device.path)
                }
                continue
            }
            try systemCall("chown", device.path) { _ in
                name.withPlatformString {
                    fchownat(directory.rawValue, $0, device.owner, device.group, AT_SYMLINK_NOFOLLOW)
                }
            }
        }
    }

    /// Leaves the host's session keyring for one of the container's own (keyrings(7)): the keys in it were the caller's.
    func joinNewKeyring() throws(SystemCallError) {
        do { try systemCall("keyctl", "a new session keyring") { clx_new_session_keyring() } } catch {
            // A kernel without keys.
            guard error.errno == .noFunction else { throw error }
        }
    }

    /// Gives the command docker's limits instead of whatever mydocker's caller had; never more than may be given.
    func setResourceLimits() throws(SystemCallError) {
        let unlimited = UInt64.max
        for (name, resource, soft, hard) in [
            // What systemd gives services, and so docker's containers have: select(2) cannot take more than the first.
            ("RLIMIT_NOFILE", clx_RLIMIT_NOFILE, 1024, 524_288),
            ("RLIMIT_NPROC", clx_RLIMIT_NPROC, unlimited, unlimited),
            ("RLIMIT_CORE", clx_RLIMIT_CORE, unlimited, unlimited),
        ] as [(String, Int32, UInt64, UInt64)] {
            try systemCall("setrlimit", name) { clx_set_limit(resource, soft, hard) }
        }
    }

    /// Gives up every capability that the container does not get, for good (capabilities(7)), becomes the user, and puts
    /// the filter of system calls into force.
    func giveUpPrivileges(becoming user: ContainerUser) throws {
        // seccomp(2): a filter needs CAP_SYS_ADMIN, or a process that can gain nothing any more.
        if !message.isolation.noNewPrivileges { try applyFilter() }
        let kept = message.isolation.capabilities.bits
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
        guard message.isolation.noNewPrivileges else { return }
        try systemCall("prctl", "PR_SET_NO_NEW_PRIVS") { clx_prctl(PR_SET_NO_NEW_PRIVS, 1) }
        try applyFilter()
    }

    private func applyFilter() throws(SystemCallError) {
        let filter = message.isolation.filter
        guard !filter.isEmpty else { return }
        try systemCall("seccomp", "\(filter.count / 8) instructions") {
            filter.withUnsafeBytes { clx_seccomp_filter($0.baseAddress, UInt16(filter.count / 8)) }
        }
    }
}
