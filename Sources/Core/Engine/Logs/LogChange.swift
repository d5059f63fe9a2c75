internal import Glibc
internal import Host

/// Waits until something changes in the directory of a container, wherever that moves (inotify(7)).
struct LogChange: ~Copyable {
    /// -1 where the user has no watch left: then it is waited for a while.
    private var watch: Int32

    /// The longest that is waited, in milliseconds: a file system need not tell of changes.
    private static let longest: Int32 = 200

    init(in directory: borrowing Descriptor) {
        watch = inotify_init1(Int32(IN_CLOEXEC | IN_NONBLOCK))
        let events = UInt32(IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_MOVE_SELF | IN_DELETE_SELF)
        if watch >= 0, inotify_add_watch(watch, "/proc/self/fd/\(directory.rawValue)", events) < 0 {
            close(watch)
            watch = -1
        }
    }

    deinit {
        if watch >= 0 { close(watch) }
    }

    /// Waits for the next change, or for a while.
    borrowing func wait() {
        guard watch >= 0 else {
            usleep(UInt32(Self.longest) * 1000)
            return
        }
        var waiting = pollfd(fd: watch, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, Self.longest) > 0 else { return }
        var events = [UInt8](repeating: 0, count: 4096)
        while read(watch, &events, events.count) > 0 {}
    }
}
