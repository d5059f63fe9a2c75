internal import Core
internal import Glibc
internal import SystemPackage

/// Sees whether directories are opened (inotify(7)).
struct DirectoryWatch: ~Copyable {
    private let queue: Descriptor

    init(_ directories: [FilePath]) throws {
        let number = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
        guard number >= 0 else { throw ConformanceSkip(reason: "no inotify: \(Errno(rawValue: errno))") }
        let queue = Descriptor(owning: number)
        for directory in directories {
            let watch = directory.withPlatformString { inotify_add_watch(number, $0, UInt32(IN_OPEN)) }
            guard watch >= 0 else {
                throw SystemCallError("inotify_add_watch", directory, errno: Errno(rawValue: errno))
            }
        }
        self.queue = queue
    }

    /// True if one was opened since.
    borrowing func hasSeenOpen() throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = read(queue.rawValue, &buffer, buffer.count)
        if count > 0 { return true }
        guard errno == EAGAIN else { throw SystemCallError("read", "inotify", errno: Errno(rawValue: errno)) }
        return false
    }
}
