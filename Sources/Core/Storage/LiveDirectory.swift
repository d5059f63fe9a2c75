internal import CLinux
internal import Glibc
package import Host
package import SystemPackage

/// A directory of the store that belongs to a running process, and can be told from one that a dead process
/// left: its owner holds a lock (flock(2)) on it, which the kernel releases however the owner ends.
package struct LiveDirectory: ~Copyable {
    package let path: FilePath
    private let lock: Descriptor

    /// Makes the directory `name` in `parent`.
    ///
    /// - Parameter spare: what to take where none can be made for want of room.
    /// - Returns: nil if that name exists already.
    /// - Throws: ``SystemCallError``.
    static func make(
        _ name: String, in parent: FilePath, store: Store, or spare: SpareRoom? = nil
    ) throws(SystemCallError) -> LiveDirectory? {
        if store.isReadOnly { try store.create() }
        // Shared: any number of processes make directories at once, but none while `abandoned` looks.
        let guardian = try Descriptor(store.lock, O_RDWR | O_CREAT, mode: 0o600)
        try systemCall("flock", store.lock.string) { flock(guardian.rawValue, LOCK_SH) }
        let path = parent.appending(FilePath(name).components)
        do throws(SystemCallError) { try Files.makeDirectory(path, mode: 0o700) } catch {
            if error.errno == .fileExists { return nil }
            guard error.isFull, spare?.take(as: path) == true else { throw error }
        }
        let lock = try Descriptor(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        try systemCall("flock", path.string) { flock(lock.rawValue, LOCK_EX) }
        return LiveDirectory(path: path, lock: lock)
    }

    /// Makes a directory with a random name of twelve hexadecimal digits.
    package static func makeUnique(in parent: FilePath, store: Store) throws(SystemCallError) -> LiveDirectory
    {
        try makeUnique(in: parent, store: store, or: nil)
    }

    static func makeUnique(
        in parent: FilePath, store: Store, or spare: SpareRoom?
    ) throws(SystemCallError) -> LiveDirectory {
        while true {
            if let made = try make(randomName(), in: parent, store: store, or: spare) { return made }
        }
    }

    package static func randomName() -> String {
        let digits = String(UInt64.random(in: 0..<1 << 48), radix: 16)
        return String(repeating: "0", count: 12 - digits.count) + digits
    }

    /// The directories in `parent` that nobody holds, each locked by this process from now on.
    ///
    /// - Throws: ``SystemCallError``.
    package static func abandoned(in parent: FilePath, store: Store) throws -> [String: Int32] {
        // What a link in its place leads to is not the store's to clean up.
        let names = try Files.list(parent, following: false)
        guard names.contains(where: { isFree(parent.appending(FilePath($0).components)) }) else { return [:] }
        // One of them may just have been made and not yet been locked: look again while nobody makes any.
        let guardian = try Descriptor(store.lock, O_RDWR | O_CREAT, mode: 0o600)
        try systemCall("flock", store.lock.string) { flock(guardian.rawValue, LOCK_EX) }
        var found: [String: Int32] = [:]
        for name in names {
            let path = parent.appending(FilePath(name).components)
            guard let lock = try? Descriptor(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) else { continue }
            guard flock(lock.rawValue, LOCK_EX | LOCK_NB) == 0 else { continue }
            found[name] = lock.take()
        }
        return found
    }

    /// The lock on a directory that nobody owns, from now on this process's; nil if it is gone or somebody's.
    package static func takeOver(_ path: FilePath) throws(SystemCallError) -> Descriptor? {
        guard let lock = try? Descriptor(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) else { return nil }
        guard flock(lock.rawValue, LOCK_EX | LOCK_NB) == 0 else { return nil }
        return lock
    }

    /// The same, to keep it.
    package static func own(_ path: FilePath) throws(SystemCallError) -> LiveDirectory? {
        guard let lock = try takeOver(path) else { return nil }
        let number = lock.take()
        // It may have gone elsewhere between the two.
        var held = stat()
        guard fstat(number, &held) == 0, let status = Files.status(path), status.st_ino == held.st_ino,
            status.st_dev == held.st_dev
        else {
            close(number)
            return nil
        }
        return LiveDirectory(path: path, lock: Descriptor(owning: number))
    }

    /// Moves it, without letting go of it.
    package consuming func move(to path: FilePath) throws(SystemCallError) -> LiveDirectory {
        try Files.rename(self.path, to: path)
        return LiveDirectory(path: path, lock: lock)
    }

    private static func isFree(_ path: FilePath) -> Bool {
        isLocked(path) == false
    }

    /// True as long as the directory is there and its owner lives.
    package static func isOwned(_ path: FilePath) -> Bool {
        isLocked(path) == true
    }

    /// Nil if there is no such directory.
    private static func isLocked(_ path: FilePath) -> Bool? {
        guard let lock = try? Descriptor(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW) else { return nil }
        return flock(lock.rawValue, LOCK_EX | LOCK_NB) != 0
    }
}
