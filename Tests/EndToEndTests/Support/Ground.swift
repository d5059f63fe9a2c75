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

    var place: String {
        switch self {
        case .disk: "/tmp"
        case .memory: getenv("MYDOCKER_TEST_MEMORY").map { String(cString: $0) } ?? "/tmp"
        }
    }
}
