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

    private static let mounted = getenv("MYDOCKER_TEST_MEMORY").map { String(cString: $0) }

    /// A directory of it, for whoever makes temporary files there.
    var place: String { self == .memory ? Self.mounted ?? "/tmp" : "/tmp" }

    /// What mkdtemp(3) makes a new directory of.
    ///
    /// Short: podman takes no longer paths than 50 bytes, and some tests need room for names.
    var template: String { place == "/tmp" ? "/tmp/mydocker-test-XXXXXX" : "\(place)/XXXXXX" }
}
