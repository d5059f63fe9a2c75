internal import DriverKit
internal import Glibc
internal import Host
internal import Runtime
internal import SystemPackage

/// Makes a running container stand still: for a moment, while this process reads its files and never longer than this
/// process lives, or until a user lets it go on.
///
/// Who does either holds a lock on the container's mount point meanwhile. For a moment: the container's directory holds a
/// mark as long as it is so. A mark without a lock is a dead process's: a small process that waits for this one's end
/// takes it away and lets the container go on; if that was killed too, the next command does. A container that stands
/// still without a mark does so because a user wants it, and nobody else lets it go on.
enum ContainerPause {
    /// The mark's name in the container's directory.
    static let fileName: FilePath.Component = "paused"

    /// Runs `body` while the container in `directory` stands still; others that want the same wait for their turn.
    ///
    /// Must be called while this process has a single thread.
    ///
    /// - Throws: ``SystemCallError``, ``CgroupError``, and what `body` throws.
    static func hold<Result>(
        _ directory: FilePath, by freezer: ContainerFreezer, _ body: () throws -> Result
    ) throws -> Result {
        let lock = try lock(directory)
        let mark = directory.appending(fileName)
        let isMarked = Files.exists(mark)
        if freezer.isFrozen && !isMarked { return try body() }
        if !isMarked { try Files.create(mark, mode: 0o600) }
        DetachedProcess.start { _ in _ = try? endAbandoned(in: directory, waiting: true, by: freezer) }
        defer {
            try? Files.remove(mark)
            flock(lock.rawValue, LOCK_UN)
        }
        return try freezer.whileFrozen(body)
    }

    /// Makes the container in `directory` stand still until ``end(in:by:)``.
    ///
    /// - Returns: false if it does so already.
    /// - Throws: ``SystemCallError``, ``CgroupError``.
    static func begin(in directory: FilePath, by freezer: ContainerFreezer) throws -> Bool {
        // Until it ends.
        let lock = try lock(directory)
        defer { flock(lock.rawValue, LOCK_UN) }
        let mark = directory.appending(fileName)
        let isMarked = Files.exists(mark)
        if freezer.isFrozen && !isMarked { return false }
        if isMarked { try Files.remove(mark) }
        try freezer.freeze()
        return true
    }

    /// Lets the container in `directory` go on.
    ///
    /// - Returns: false if it does not stand still.
    /// - Throws: ``SystemCallError``, ``CgroupError``.
    static func end(in directory: FilePath, by freezer: ContainerFreezer) throws -> Bool {
        let lock = try lock(directory)
        defer { flock(lock.rawValue, LOCK_UN) }
        guard freezer.isFrozen else { return false }
        try freezer.thaw()
        try? Files.remove(directory.appending(fileName))
        return true
    }

    private static func lock(_ directory: FilePath) throws(SystemCallError) -> Descriptor {
        let place = ContainerDirectory.mountPoint(in: directory)
        let lock = try Descriptor(place, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        let number = lock.rawValue
        try systemCall("flock", place.string) { flock(number, LOCK_EX) }
        return lock
    }

    /// Lets the container in `directory` go on if who made it stand still for a moment is dead.
    ///
    /// - Parameter waiting: true to wait until whoever makes it stand still has ended, in whichever way.
    /// - Returns: true if it was so.
    /// - Throws: ``CgroupError``, and what `freezer` throws.
    static func endAbandoned(
        in directory: FilePath, waiting: Bool = false, by freezer: @autoclosure () throws -> ContainerFreezer?
    ) throws -> Bool {
        let mark = directory.appending(fileName)
        let place = ContainerDirectory.mountPoint(in: directory)
        guard Files.exists(mark),
            let lock = try? Descriptor(place, O_RDONLY | O_DIRECTORY | O_NOFOLLOW),
            flock(lock.rawValue, waiting ? LOCK_EX : LOCK_EX | LOCK_NB) == 0, Files.exists(mark)
        else { return false }
        try freezer()?.thaw()
        try? Files.remove(mark)
        return true
    }
}
