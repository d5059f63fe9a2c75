internal import CLinux
internal import Glibc
internal import SystemPackage

/// Keeps a container's root mounted after the container's end.
///
/// A mount goes when its last user does, and whose exit(2) that is waits until the kernel has forgotten every file
/// of it: 150 ms for 50 000 of them. Held, it is no longer the container's last process that waits, nor
/// mydocker, if the descriptor is given to somebody else.
final class HeldRoot {
    private var descriptor: Int32

    /// Holds the root of `process`; nil if that has ended.
    init?(of process: pid_t) {
        descriptor = clx_openat(AT_FDCWD, "/proc/\(process)/root", clx_O_PATH | O_DIRECTORY | O_CLOEXEC, 0)
        if descriptor < 0 { return nil }
    }

    deinit { letGo() }

    /// Ends the hold, and waits for the mount's end if nobody else uses it.
    func letGo() {
        if let number = take() { close(number) }
    }

    /// The descriptor, from now on the caller's to close.
    func take() -> Int32? {
        defer { descriptor = -1 }
        return descriptor < 0 ? nil : descriptor
    }
}
