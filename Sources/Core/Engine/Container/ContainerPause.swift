internal import DriverKit
internal import Glibc
internal import Host
internal import Runtime
internal import SystemPackage

/// Makes a running container stand still while this process reads its files, and never longer than this process lives.
///
/// The container's directory holds a mark as long as it is so, and who made the mark holds a lock on its
/// snapshot. A mark without a lock is a dead process's: a small process that waits for this one's end takes it away
/// and lets the container go on; if that was killed too, the next command does.
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
        let snapshot = ContainerDirectory.snapshot(in: directory).path
        let lock = try Descriptor(snapshot, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        try systemCall("flock", snapshot.string) { flock(lock.rawValue, LOCK_EX) }
        let mark = directory.appending(fileName)
        if !Files.exists(mark) { try Files.create(mark, mode: 0o600) }
        DetachedProcess.start { _ in _ = try? endAbandoned(in: directory, waiting: true, by: freezer) }
        defer {
            try? Files.remove(mark)
            flock(lock.rawValue, LOCK_UN)
        }
        return try freezer.whileFrozen(body)
    }

    /// Lets the container in `directory` go on if who made it stand still is dead.
    ///
    /// - Parameter waiting: true to wait until whoever makes it stand still has ended, in whichever way.
    /// - Returns: true if it was so.
    /// - Throws: ``CgroupError``, and what `freezer` throws.
    static func endAbandoned(
        in directory: FilePath, waiting: Bool = false, by freezer: @autoclosure () throws -> ContainerFreezer?
    ) throws -> Bool {
        let mark = directory.appending(fileName)
        let snapshot = ContainerDirectory.snapshot(in: directory).path
        guard Files.exists(mark),
            let lock = try? Descriptor(snapshot, O_RDONLY | O_DIRECTORY | O_NOFOLLOW),
            flock(lock.rawValue, waiting ? LOCK_EX : LOCK_EX | LOCK_NB) == 0, Files.exists(mark)
        else { return false }
        try freezer()?.thaw()
        try? Files.remove(mark)
        return true
    }
}
