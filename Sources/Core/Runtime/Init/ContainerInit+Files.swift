internal import CLinux
internal import Glibc
internal import Host
internal import Mount
internal import SystemPackage

extension ContainerInit {
    /// Puts the files that mydocker writes over what the image has at their paths.
    ///
    /// They are in memory, on a file system that is seen nowhere else: it was at /sys, before that is there. Whoever may
    /// write to the files changes these copies.
    func mountFiles() throws {
        if message.root.files.isEmpty { return }
        try Mounting.mountNew(
            "tmpfs", at: "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC, options: "mode=755,size=4m")
        for (number, file) in message.root.files.enumerated() {
            let source = FilePath("/sys/\(number)")
            try Files.create(source, file.content)
            try mount(source, over: file.path)
        }
        try Mounting.detach("/sys")
    }

    /// Binds a file over another, which is made if it is missing.
    private func mount(_ source: FilePath, over path: FilePath) throws {
        // A link that leads to nothing is the image's own will.
        guard let target = try open(path) ?? make(path) else { return }
        defer { close(target) }
        var system = statfs()
        try systemCall("statfs", path) { _ in fstatfs(target, &system) }
        // A link may lead into /proc, where the file would be in the way of what is there.
        guard system.f_type != PROC_SUPER_MAGIC else {
            throw InitFailure(
                "mount on", path.string, errno: .permissionDenied, detail: "it leads into /proc")
        }
        try Mounting.bind(source, to: FilePath("/proc/self/fd/\(target)"))
    }

    /// Nil if there is no such file.
    private func open(_ path: FilePath) throws -> Int32? {
        do { return try ContainerPath.open(path, clx_O_PATH).take() } catch {
            guard error.errno == .noSuchFileOrDirectory else {
                throw InitFailure("mount on", path.string, error)
            }
            return nil
        }
    }

    /// Nil if there is a link that leads to nothing.
    private func make(_ path: FilePath) throws -> Int32? {
        do {
            let directory = try ContainerPath.openDirectory(making: path.parent)
            return try Descriptor(
                FilePath(path.lastComponent?.string ?? ""), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW,
                mode: 0o644,
                at: directory.rawValue
            ).take()
        } catch {
            switch error.errno {
            case .fileExists: return nil
            case .readOnlyFileSystem:
                throw InitFailure(
                    "create", path.string, errno: .readOnlyFileSystem,
                    detail: "the image has no \(path), which is mounted on")
            default: throw error
            }
        }
    }

    /// Sets the host's and the domain's name, if the container has names of its own.
    func setNames() throws {
        if let name = message.root.hostname {
            try systemCall("sethostname", name) { sethostname(name, name.utf8.count) }
        }
        if let name = message.root.domainName {
            try systemCall("setdomainname", name) { setdomainname(name, name.utf8.count) }
        }
    }

    /// Sets what was asked for, before /proc/sys is closed.
    func changeKernelSettings() throws {
        for setting in message.root.kernelSettings {
            let path = FilePath("/proc/sys").appending(
                FilePath(String(setting.name.map { $0 == "." ? "/" : $0 })).components)
            do { try Files.set(path, setting.value) } catch {
                throw InitFailure("set --sysctl", "\(setting.name)=\(setting.value)", errno: error.errno)
            }
        }
    }
}
