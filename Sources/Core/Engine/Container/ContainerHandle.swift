internal import CLinux
internal import Glibc
internal import Host
internal import Runtime

/// A container's process 1, held so that its number cannot become another's.
struct ContainerHandle: ~Copyable {
    private let handle: Descriptor

    /// Nil if it has ended.
    static func of(_ record: ContainerRecord) -> ContainerHandle? {
        guard let process = record.process else { return nil }
        let number = clx_pidfd_open(process)
        guard number >= 0 else { return nil }
        let handle = Descriptor(owning: number)
        // The number may have been given out again, but not after this.
        guard ProcessStart.ticks(of: process) == record.processStart else { return nil }
        return ContainerHandle(handle: handle)
    }

    private init(handle: consuming Descriptor) { self.handle = handle }

    func send(_ signal: Int32) {
        _ = clx_pidfd_send_signal(handle.rawValue, signal)
    }

    /// True if it has ended, or does within this time.
    func waitForEnd(milliseconds: Int32) -> Bool {
        var set = pollfd(fd: handle.rawValue, events: Int16(POLLIN), revents: 0)
        return poll(&set, 1, milliseconds) > 0
    }
}
