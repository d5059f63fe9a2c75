package import DriverKit
internal import Glibc
internal import Host
internal import SystemPackage
internal import Tree

/// The lock on a snapshot: flock(2) on its directory, which ends with the process that holds it.
package struct SnapshotLock: ~Copyable {
    /// Open as long as this value lives.
    private let directory: Int32

    package enum Mode {
        /// To read it, together with others: as a layer, as a view.
        case shared
        /// To change it, alone.
        case exclusive
    }

    /// Takes the lock.
    ///
    /// - Parameter waits: true to wait for whoever has it; what a committed snapshot is changed for (it is removed,
    ///   or replaced by a repair) does not take long.
    /// - Throws: ``SnapshotError/inUse(_:)``, ``SnapshotError/missingDirectory(_:_:)``.
    package static func take(
        _ snapshot: SnapshotDirectory, _ key: SnapshotKey, _ mode: Mode, waits: Bool = false
    ) throws(SnapshotError) -> SnapshotLock {
        let path = snapshot.path
        let lock = SnapshotLock(directory: try directory(path, key))
        let number = lock.directory
        do throws(SystemCallError) {
            try systemCall("flock", path.string) {
                flock(number, (mode == .shared ? LOCK_SH : LOCK_EX) | (waits ? 0 : LOCK_NB))
            }
        } catch {
            throw error.errno == .wouldBlock ? .inUse(key) : .failed(error)
        }
        // It may have been removed, or committed, between the two.
        guard let status = Files.status(path), let held = try? stat(of: number),
            FileID(status) == FileID(held)
        else { throw .missingDirectory(key, path) }
        return lock
    }

    private init(directory: consuming Descriptor) {
        self.directory = directory.take()
    }

    /// Said, not only closed: a process that another thread is just starting has the descriptor too, until it is a program.
    deinit {
        flock(directory, LOCK_UN)
        close(directory)
    }

    private static func directory(_ path: FilePath, _ key: SnapshotKey) throws(SnapshotError) -> Descriptor {
        do throws(SystemCallError) {
            return try Descriptor(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        } catch {
            throw error.errno == .noSuchFileOrDirectory ? .missingDirectory(key, path) : .failed(error)
        }
    }

    /// Gives the lock away: it lasts until the descriptor is closed.
    package consuming func keep() -> Int32 {
        let number = directory
        discard self
        return number
    }

    /// Lets go of it; so does the end of this value's life.
    package consuming func release() {}
}
