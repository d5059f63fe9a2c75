internal import CLinux
internal import Glibc
internal import Host
internal import SystemPackage

/// Where something is mounted in a container: found, and made if it is missing, by descriptor, in the root that the
/// process has entered, at the moment of mounting.
///
/// What another container changes meanwhile in a directory that both have can no longer lead elsewhere (CVE-2021-30465).
struct MountTarget: ~Copyable {
    /// Opened with O_PATH.
    let place: Descriptor
    /// What it was before; nil if it was made.
    let status: stat?
    let isDirectory: Bool

    /// The files of /proc that a file can be mounted on, because programs that count what a container may use take their
    /// place (lxcfs(1)); runc's list.
    private static let replaceable: [FilePath] = [
        "/proc/cpuinfo", "/proc/diskstats", "/proc/loadavg", "/proc/meminfo", "/proc/slabinfo", "/proc/stat",
        "/proc/swaps", "/proc/uptime",
    ]

    /// - Parameters:
    ///   - isDirectory: what is made if there is nothing.
    ///   - masked: the paths that must stay as they are, hidden or closed.
    ///   - processes: /proc, open.
    /// - Throws: ``InitFailure``.
    init(
        _ path: FilePath, isDirectory: Bool, masked: [FilePath], _ processes: borrowing Descriptor
    ) throws {
        var wasThere = true
        let place = try Self.open(path, isDirectory: isDirectory, &wasThere)
        var status = stat()
        var system = statfs()
        let number = place.rawValue
        try systemCall("stat", path) { _ in fstat(number, &status) }
        try systemCall("statfs", path) { _ in fstatfs(number, &system) }
        // Nothing is ever mounted over /proc, so this is the kernel's word.
        let actual = try Self.path(of: number, processes.rawValue)
        func refuse(_ reason: String) -> InitFailure {
            InitFailure("mount on", path.string, errno: .permissionDenied, detail: reason)
        }
        if actual == "/" { throw refuse("it leads to the container's root") }
        if actual.starts(with: "/proc") || system.f_type == PROC_SUPER_MAGIC {
            // Otherwise a link could have what the kernel says of processes, or its settings, replaced.
            guard actual == path, Self.replaceable.contains(path), system.f_type == PROC_SUPER_MAGIC else {
                throw refuse("it leads into /proc")
            }
        } else if actual.starts(with: "/sys") || system.f_type == SYSFS_MAGIC {
            guard actual == path else { throw refuse("it leads over a link into /sys") }
            guard !masked.contains(where: { $0.starts(with: path) || path.starts(with: $0) }) else {
                throw refuse("it is in the way of what is hidden in /sys")
            }
        }
        self.place = place
        self.status = wasThere ? status : nil
        self.isDirectory = status.st_mode & S_IFMT == S_IFDIR
    }

    private static func path(of file: Int32, _ processes: Int32) throws -> FilePath {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let size = buffer.count
        let name = FilePath("self/fd/\(file)")
        let count = try systemCall("readlink", name) { readlinkat(processes, $0, &buffer, size) }
        return FilePath(bytes: buffer[..<count].map(UInt8.init(bitPattern:)))
    }

    /// Where mount(2) reaches it.
    var path: FilePath { FilePath("/proc/self/fd/\(place.rawValue)") }

    private static func open(
        _ path: FilePath, isDirectory: Bool, _ wasThere: inout Bool
    ) throws -> Descriptor {
        do { return try ContainerPath.open(path, clx_O_PATH) } catch {
            guard error.errno == .noSuchFileOrDirectory else {
                throw InitFailure("mount on", path.string, error)
            }
        }
        wasThere = false
        do {
            if isDirectory { return try ContainerPath.openDirectory(making: path) }
            let directory = try ContainerPath.openDirectory(making: path.parent)
            let name = FilePath(path.lastComponent?.string ?? "")
            _ = try Descriptor(
                name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o644, at: directory.rawValue)
            return try ContainerPath.open(path, clx_O_PATH)
        } catch {
            switch error.errno {
            case .readOnlyFileSystem:
                throw InitFailure(
                    "create", path.string, errno: .readOnlyFileSystem,
                    detail: "there is no \(path) to mount on, and it cannot be made",
                    remedy: "mount it somewhere else")
            case .fileExists, .noSuchFileOrDirectory:
                throw InitFailure(
                    "mount on", path.string, errno: .noSuchFileOrDirectory,
                    detail: "there is a link that leads to nothing")
            default: throw InitFailure("create", path.string, error)
            }
        }
    }
}
