internal import CLinux
internal import Glibc
internal import Host
internal import Runtime
internal import SystemPackage
internal import Tree

/// The mydocker that watches over a running container, as another process sees it.
struct ContainerWatcher: ~Copyable {
    private let pid: pid_t
    private let handle: Descriptor
    private var wasContinued = false

    /// Finds the parent of the container's process 1; nil if that is not who holds the container's directory.
    static func of(_ container: Container) -> ContainerWatcher? {
        guard let process = (try? container.record())?.process, let parent = ProcessStart.parent(of: process),
            parent > 1
        else { return nil }
        let number = clx_pidfd_open(parent)
        guard number >= 0 else { return nil }
        let handle = Descriptor(owning: number)
        // Not before: a number may be given out again, but not that of a process that is held.
        guard ProcessStart.parent(of: process) == parent,
            Self.holds(container.runningDirectory, parent)
        else { return nil }
        return ContainerWatcher(pid: parent, handle: handle)
    }

    private init(pid: pid_t, handle: consuming Descriptor) {
        self.pid = pid
        self.handle = handle
    }

    private static func holds(_ directory: FilePath, _ pid: pid_t) -> Bool {
        let place = FilePath("/proc/\(pid)/fd")
        guard let wanted = Files.status(directory) else { return false }
        return ((try? Files.list(place)) ?? []).contains { name in
            var status = stat()
            // Through the link: what is open, whatever it is called where that process lives.
            return stat(place.appending(FilePath(name).components).string, &status) == 0
                && FileID(status) == FileID(wanted)
        }
    }

    /// Has it go on if it stands still, so that it sees its container's end; kills it if that is not enough.
    ///
    /// One that was put into the background stands still again as soon as it touches the terminal.
    mutating func wake() {
        guard ProcessStart.isStopped(pid) else { return }
        _ = clx_pidfd_send_signal(handle.rawValue, wasContinued ? SIGKILL : SIGCONT)
        wasContinued = true
    }
}
