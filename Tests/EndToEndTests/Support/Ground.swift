import CLinux
import Glibc

/// The file system that a test works on.
enum Ground {
    /// That of /tmp: usually the machine's disk.
    case disk
    /// A tmpfs that scripts/test has mounted, so that nobody waits for the disk; /tmp without it.
    ///
    /// For whatever is not about a file system. Who is killed, even with SIGKILL, loses nothing there either: only a cut
    /// of power needs a disk.
    case memory

    /// The same for what takes gigabytes and extended attributes of users: memory, if it has room for that.
    static let large: Self = {
        guard let mounted, hasUserAttributes(mounted) else { return .disk }
        var status = statvfs()
        guard statvfs(mounted, &status) == 0 else { return .disk }
        return UInt64(status.f_bavail) * UInt64(status.f_frsize) >= 8 << 30 ? .memory : .disk
    }()

    /// tmpfs has them since Linux 6.6.
    private static func hasUserAttributes(_ directory: String) -> Bool {
        let file = open("\(directory)/attribute", O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
        defer {
            close(file)
            unlink("\(directory)/attribute")
        }
        return fsetxattr(file, "user.test", "x", 1, 0) == 0
    }

    private static let mounted = getenv("MYDOCKER_TEST_MEMORY").map { String(cString: $0) }

    /// A directory of it, for whoever makes temporary files there.
    var place: String { self == .memory ? Self.mounted ?? "/tmp" : "/tmp" }

    /// What mkdtemp(3) makes a new directory of.
    ///
    /// Short: podman takes no longer paths than 50 bytes, and some tests need room for names.
    var template: String { place == "/tmp" ? "/tmp/mydocker-test-XXXXXX" : "\(place)/XXXXXX" }
}
