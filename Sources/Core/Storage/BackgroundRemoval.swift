internal import Glibc
internal import SystemPackage

/// Deletes trees while nobody waits.
enum BackgroundRemoval {
    /// Starts to delete what is at `paths`, directories of the store's temporary place.
    ///
    /// If no process is to be had, or it is killed, the next command finds them again. Must be called while this
    /// process has a single thread (``DetachedProcess``).
    ///
    /// - Parameter root: what is mounted on it; is let go before anything is deleted.
    static func start(_ paths: [FilePath], _ root: HeldRoot? = nil) {
        let held = root?.take()
        defer { if let held { close(held) } }
        DetachedProcess.start(keeping: held) { held in
            if let first = paths.first, let held { letGo(held, after: first) }
            for path in paths {
                // The lock says that somebody is at it already. Until the parent is gone it is the parent's.
                guard let directory = try? Descriptor(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) else {
                    continue
                }
                flock(directory.rawValue, LOCK_EX)
                try? TreeRemoval.remove(path)
                _ = consume directory
            }
        }
    }

    /// Closes the descriptor of a mount as soon as the lock on `path` is not the parent's any more: it has ended then,
    /// and is not delayed by what that costs.
    private static func letGo(_ descriptor: Int32, after path: FilePath) {
        if let directory = try? Descriptor(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) {
            flock(directory.rawValue, LOCK_EX)
            close(descriptor)
        } else {
            close(descriptor)
        }
    }
}
