internal import CLinux
internal import Glibc
internal import Host
internal import Mount
internal import SystemPackage

extension ContainerInit {
    /// Puts the files that mydocker writes over what the image has at their paths.
    ///
    /// They are in memory, on a file system that is seen nowhere else: it was over /sys for a moment. Whoever may write to the
    /// files changes these copies. What the user mounts at the path of one stays as it is.
    func mountFiles() throws {
        let files = message.root.files.filter { file in
            !message.root.mounts.contains { $0.target.lexicallyNormalized() == file.path }
        }
        guard let first = files.first else { return }
        // All are in one directory.
        let directory = try ContainerPath.openDirectory(making: first.path.parent)
        try check(directory.rawValue, first.path.parent, isDirectory: true)
        try Mounting.mountNew(
            "tmpfs", at: "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC, options: "mode=755,size=4m")
        for (number, file) in files.enumerated() {
            let source = FilePath("/sys/\(number)")
            try Files.create(source, file.content)
            // A link that leads to nothing is the image's own will.
            guard let target = try open(file.path, in: directory) else { continue }
            defer { close(target) }
            try Mounting.bind(source, to: FilePath("/proc/self/fd/\(target)"))
        }
        try Mounting.detach("/sys")
    }

    /// Opens a file to mount on, which is made if it is missing; nil if there is a link that leads to nothing.
    private func open(_ path: FilePath, in directory: borrowing Descriptor) throws -> Int32? {
        let flags = O_RDONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
        let file = FilePath(path.lastComponent?.string ?? "").withPlatformString {
            clx_openat(directory.rawValue, $0, flags, 0o644)
        }
        if file >= 0 { return file }
        guard Errno.current != .readOnlyFileSystem else {
            throw InitFailure(
                "create", path.string, errno: .readOnlyFileSystem,
                detail: "the image has no \(path), which is mounted on")
        }
        // A link, or something that is no file.
        do {
            let found = try ContainerPath.open(path, clx_O_PATH)
            try check(found.rawValue, path, isDirectory: false)
            return found.take()
        } catch {
            switch error {
            case let error as SystemCallError where error.errno == .noSuchFileOrDirectory: return nil
            case let error as SystemCallError: throw InitFailure("mount on", path.string, error)
            default: throw error
            }
        }
    }

    /// A link may lead into /proc, where a file would be in the way of what is there.
    private func check(_ file: Int32, _ path: FilePath, isDirectory: Bool) throws {
        var system = statfs()
        try systemCall("statfs", path) { _ in fstatfs(file, &system) }
        guard system.f_type != PROC_SUPER_MAGIC else {
            throw InitFailure(
                "mount on", path.string, errno: .permissionDenied, detail: "it leads into /proc")
        }
        if isDirectory { return }
        var status = stat()
        try systemCall("stat", path) { _ in fstat(file, &status) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw InitFailure("mount on", path.string, errno: .invalidArgument, detail: "it is no file")
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
