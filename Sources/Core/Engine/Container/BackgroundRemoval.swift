internal import Glibc
internal import Host
internal import Storage
internal import SystemPackage

/// Deletes trees while nobody waits.
enum BackgroundRemoval {
    /// Starts to delete what is at `paths`, directories of the store's temporary place.
    ///
    /// If no process is to be had, or it is killed, the next command finds them again. Must be called while this
    /// process has a single thread (``DetachedProcess``).
    ///
    /// - Parameter root: an open descriptor of what is mounted on it; is let go before anything is deleted.
    static func start(_ paths: [FilePath], in store: Store, holding root: Int32? = nil) {
        defer { if let root { close(root) } }
        DetachedProcess.start(keeping: root) { held in
            var held = held
            for path in paths {
                // The lock says that somebody is at it already. Until the parent is gone it is the parent's.
                guard let directory = try? Descriptor(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) else {
                    continue
                }
                flock(directory.rawValue, LOCK_EX)
                // Not before: the parent is not delayed by what that costs.
                if let mount = held.take() { close(mount) }
                try? store.remove(path)
                _ = consume directory
            }
        }
    }
}
