internal import Glibc
internal import SystemPackage

/// Deletes trees while nobody waits.
enum BackgroundRemoval {
    /// Starts to delete what is at `paths`, directories of the store's temporary place.
    ///
    /// If no process is to be had, or it is killed, the next command finds them again. Must be called while this
    /// process has a single thread (``DetachedProcess``).
    static func start(_ paths: [FilePath]) {
        DetachedProcess.start {
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
}
