import CLinux
import Glibc
import Testing

/// A process that is not this one's child.
final class ProcessHandle {
    private let handle: Int32

    init(_ pid: pid_t) throws {
        handle = clx_pidfd_open(pid)
        try #require(handle >= 0)
    }

    deinit { close(handle) }

    /// Blocks until it has ended.
    func waitForEnd() {
        var set = pollfd(fd: handle, events: Int16(POLLIN), revents: 0)
        while poll(&set, 1, 60_000) < 0 && errno == EINTR {}
    }
}
