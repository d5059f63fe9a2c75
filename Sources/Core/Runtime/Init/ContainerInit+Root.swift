internal import CLinux
internal import Glibc
internal import Host
internal import Logging
internal import Mount
internal import SystemPackage

extension ContainerInit {
    /// Mounts the root as the plan says and makes it this process's root, with nothing of the host below it.
    ///
    /// - Returns: the sources of what else is to be mounted.
    func enterRoot(_ channels: Channels) throws -> TakenMounts {
        logger.info("current location", metadata: ["path": "\(FilePath.currentDirectory)"])
        // After the parent has placed this process: its own cgroup is the namespace's root (cgroup_namespaces(7)).
        if Files.exists("/proc/self/ns/cgroup") {
            try systemCall("unshare cgroup") { clx_unshare(CLONE_NEWCGROUP) }
        }
        // Before: they may be shared with the host from now on.
        let mounts = try TakenMounts(message.root.mounts)
        try Mounting.makeAllPrivate()
        var devices: LoopDevices?
        for step in message.root.plan.steps {
            if case .mount(let mount) = step, mount.isImage {
                let image =
                    message.imagesFollow
                    ? ImageMount(
                        owning: try systemCall("receive an image", mount.source) {
                            clx_receive_descriptor(channels.console)
                        }) : try ImageMount(mount, &devices)
                try image.attach(to: mount.target, type: mount.type)
            } else {
                try message.root.plan.execute(step)
            }
            logger.info("mount performed", metadata: ["step": "\(step)"])
        }
        devices = nil
        // Where nobody decides about device nodes, those of an image open nothing: the container has a /dev of its own.
        if !message.root.controlsDevices { try Mounting.restrict(message.root.mountPoint, noDevices: true) }
        try systemCall("chdir", message.root.mountPoint) { chdir($0) }
        if message.root.mayBeConfined { try leaveConfinement() }
        // pivot_root(2), NOTES: with "." twice, the old root ends up mounted over the new one.
        try systemCall("pivot_root", message.root.mountPoint.string) { clx_pivot_root(".", ".") }
        // Otherwise it is over the new root, where no path leads, until the sources are mounted.
        if mounts.areCopies { try Mounting.detach(".") }
        try systemCall("chdir", "/") { chdir("/") }
        logger.info("root entered", metadata: ["path": "\(message.root.mountPoint)"])
        return mounts
    }

    /// Takes the mount namespace's root for this process's, whatever chroot(2) it was in, and stays in the current directory.
    ///
    /// Otherwise pivot_root(2) would leave the host's root in the namespace: who enters that later (exec) would be there, and
    /// CAP_SYS_CHROOT, which containers have, leads there too.
    private func leaveConfinement() throws {
        let root = try Descriptor(".", clx_O_PATH | O_DIRECTORY)
        let own = try Descriptor("/proc/self/ns/mnt", O_RDONLY)
        try systemCall("setns", "the mount namespace") { clx_setns(own.rawValue, CLONE_NEWNS) }
        try systemCall("fchdir", message.root.mountPoint.string) { fchdir(root.rawValue) }
    }

    /// Mounts what else is to be in the root.
    ///
    /// After everything that mydocker itself does with paths of /proc, /sys and /dev: what is mounted there from now on is
    /// the user's, and may be full of somebody else's links (CVE-2025-31133, CVE-2025-52565). What was hidden stays so, as
    /// nothing can be mounted over it.
    func attach(_ mounts: consuming TakenMounts) throws {
        let root = message.root
        let masked = Self.maskedPaths + Self.readOnlyPaths + Self.throttleCounters
        try mounts.attach(
            denying: root.controlsDevices && !root.ownsUsers ? [] : .devices,
            masked: root.restrictsKernelFileSystems ? masked : [], logger: logger)
        if !mounts.areCopies { try Mounting.detach("/") }
    }

    /// Mounts /proc, /sys and /dev.
    ///
    /// Inside the new root already, so that no link in an image leads outside.
    ///
    /// - Parameter borrowed: what was taken from the host before, for lack of rights.
    func mountKernelFileSystems(_ borrowed: borrowing BorrowedMounts?) throws {
        umask(0)
        let noCode = MS_NOSUID | MS_NODEV | MS_NOEXEC
        try mountPoint("/proc")
        if borrowed == nil { try Mounting.mountNew("proc", at: "/proc", noCode) }
        try borrowed?.placeProcesses()
        try Mounting.verify("/proc", isOf: PROC_SUPER_MAGIC)
        try mountPoint("/sys")
        if borrowed == nil {
            try Mounting.mountNew(
                "sysfs", at: "/sys", noCode | (message.root.writableSystem ? 0 : MS_RDONLY))
        }
        try borrowed?.placeSystem()
        try mountPoint("/dev")
        try Mounting.mountNew(
            "tmpfs", at: "/dev", MS_NOSUID | MS_STRICTATIME, options: "mode=755,size=65536k")
        for (name, minor) in [("null", 3), ("zero", 5), ("full", 7), ("random", 8), ("urandom", 9)]
            as [(String, UInt32)]
        {
            if borrowed == nil { try device(FilePath("/dev/\(name)"), 1, minor) }
        }
        if borrowed == nil { try device("/dev/tty", 5, 0) }
        try borrowed?.placeUsualDevices()
        for (name, target) in [
            ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"),
            ("stderr", "/proc/self/fd/2"), ("ptmx", "pts/ptmx"), ("core", "/proc/kcore"),
        ] {
            try systemCall("symlink", FilePath("/dev/\(name)")) { symlink(target, $0) }
        }
        try Files.makeDirectory("/dev/pts")
        try mountTerminals(isUnprivileged: borrowed != nil)
        try Files.makeDirectory("/dev/shm", mode: 0o1777)
        try Mounting.mountNew(
            "tmpfs", at: "/dev/shm", noCode, options: "mode=1777,size=\(message.root.sharedMemory)")
        try Files.makeDirectory("/dev/mqueue")
        do { try Mounting.mountNew("mqueue", at: "/dev/mqueue", noCode) } catch {
            // A kernel without POSIX message queues, or others' in a user namespace: there is nothing to show.
            guard case .refused(_, _, let reason, _) = error,
                reason == .operationNotSupportedByDevice || reason == .notPermitted && borrowed != nil
            else { throw error }
        }
    }

    private func mountTerminals(isUnprivileged: Bool) throws {
        let options = "newinstance,ptmxmode=0666,mode=0620"
        do {
            try Mounting.mountNew(
                "devpts", at: "/dev/pts", MS_NOSUID | MS_NOEXEC, options: options + ",gid=5")
        } catch {
            // There is no group 5 in the user namespace.
            guard isUnprivileged, case .refused(_, _, .invalidArgument, _) = error else { throw error }
            try Mounting.mountNew("devpts", at: "/dev/pts", MS_NOSUID | MS_NOEXEC, options: options)
        }
    }

    /// Hides what the kernel tells of the host, and keeps its settings from being changed.
    func restrictKernelFileSystems() throws {
        for path in Self.maskedPaths + Self.throttleCounters {
            guard let status = Files.status(path) else { continue }
            if status.st_mode & S_IFMT == S_IFDIR {
                try Mounting.mountNew("tmpfs", at: path, MS_RDONLY, options: "size=0k")
            } else {
                try Mounting.bind("/dev/null", to: path)
            }
        }
        for path in Self.readOnlyPaths where Files.exists(path) {
            try Mounting.bind(path, to: path, recursive: true)
            try Mounting.restrict(path, readOnly: true)
        }
    }

    /// The paths that docker and podman hide too (the OCI runtime specification's maskedPaths).
    private static let maskedPaths: [FilePath] = [
        "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
        "/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats",
        "/sys/devices/virtual/powercap",
        "/sys/firmware",
    ]

    /// What a processor tells of its heat, and with it of others' work; docker hides it of every CPU.
    private static var throttleCounters: [FilePath] {
        func path(_ processor: Int) -> FilePath {
            FilePath("/sys/devices/system/cpu/cpu\(processor)/thermal_throttle")
        }
        guard Files.exists(path(0)) else { return [] }
        return (0..<sysconf(Int32(_SC_NPROCESSORS_CONF))).map(path)
    }

    /// The paths that docker and podman make read-only too (readonlyPaths).
    private static let readOnlyPaths: [FilePath] = [
        "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
    ]

    /// Makes the directory if the image lacks it; a link in its place is an error, never followed.
    func mountPoint(_ path: FilePath) throws {
        if Files.isDirectory(path) { return }
        if Files.exists(path) { throw InitFailure("mount on", path.string, errno: .notDirectory) }
        do { try Files.makeDirectory(path) } catch {
            guard error.errno == .readOnlyFileSystem else { throw error }
            throw InitFailure(
                "create", path.string, errno: .readOnlyFileSystem,
                detail: "the image has no \(path), which a read-only root needs")
        }
    }

    private func device(_ path: FilePath, _ major: UInt32, _ minor: UInt32) throws {
        try systemCall("mknod", path) { clx_mknodat(AT_FDCWD, $0, S_IFCHR | 0o666, major, minor) }
    }
}

extension FilePath {
    /// The current directory, or "?" if it has no name.
    fileprivate static var currentDirectory: FilePath {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
            getcwd(buffer.baseAddress, buffer.count).map { FilePath(platformString: $0) } ?? "?"
        }
    }
}
