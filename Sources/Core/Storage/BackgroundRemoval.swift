internal import CLinux
internal import Glibc
internal import SystemPackage

/// Deletes trees while nobody waits: in a process of its own that outlives this one.
enum BackgroundRemoval {
    /// Starts to delete what is at `paths`, directories of the store's temporary place.
    ///
    /// If no process is to be had, or it is killed, the next command finds them again. Must be called while this
    /// process has a single thread: the new one goes on in a copy of its memory.
    static func start(_ paths: [FilePath]) {
        let process = clx_clone(0, -1, nil)
        guard process == 0 else { return }
        // Whoever waits for the end of this program's output, or its terminal, is not to wait for this.
        setsid()
        let nothing = clx_openat(AT_FDCWD, "/dev/null", O_RDWR, 0)
        for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] { dup2(nothing, stream) }
        _ = clx_close_range(3, .max, 0)
        _ = chdir("/")
        clx_reset_signals()
        for path in paths {
            // The lock says that somebody is at it already. Until the parent is gone it is the parent's.
            guard let directory = try? Descriptor(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) else { continue }
            flock(directory.rawValue, LOCK_EX)
            try? TreeRemoval.remove(path)
            _ = consume directory
        }
        _exit(0)
    }
}
