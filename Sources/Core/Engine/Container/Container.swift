internal import CLinux
internal import Glibc
internal import Host
internal import Runtime
internal import Storage
public import SystemPackage

/// A container that was found in a store.
public struct Container: Sendable {
    /// Twelve hexadecimal digits.
    public let id: String
    let store: Store

    /// Its directory while it runs.
    var runningDirectory: FilePath {
        let places = store.containerPlaces.map { $0.appending(FilePath(id).components) }
        return places.first(where: Files.isDirectory) ?? store.containers.appending(FilePath(id).components)
    }
    /// Its directory after its end.
    var keptDirectory: FilePath { store.kept.appending(FilePath(id).components) }

    /// Where its log is now.
    public var logDirectory: FilePath { isRunning ? runningDirectory : keptDirectory }

    /// True if it has not been removed.
    var exists: Bool { Files.isDirectory(runningDirectory) || Files.isDirectory(keptDirectory) }

    /// True as long as somebody watches over it: it runs, or is about to, or is being ended.
    public var isRunning: Bool { LiveDirectory.isOwned(runningDirectory) }

    /// Takes it, which was made or has ended: nobody else starts or removes it from now on.
    ///
    /// Whoever has watched over it may have to end yet, which takes a moment.
    ///
    /// - Throws: ``RunError/notReady(_:)``, ``RunError/stillRuns(_:)``, ``RunError/noContainer(_:)`` if somebody else has
    ///   it, or has had it; ``SystemCallError``.
    func takeKept() throws -> LiveDirectory {
        for _ in 0..<1000 {
            if let directory = try LiveDirectory.own(keptDirectory) { return directory }
            guard Files.isDirectory(keptDirectory) else {
                throw isRunning ? RunError.stillRuns(id) : .noContainer(id)
            }
            usleep(2000)
        }
        throw RunError.notReady(id)
    }

    /// What is known of it now.
    ///
    /// - Throws: ``RunError/notReady(_:)`` while it is being started, ``RunError/noContainer(_:)`` if it is gone,
    ///   ``RunError/damagedRecord(_:)`` or ``SystemCallError``.
    public func record() throws -> ContainerRecord {
        // In this order: it may end meanwhile, or be started.
        for directory in [runningDirectory, keptDirectory, runningDirectory] {
            do { return try ContainerRecord(from: directory) } catch let error as SystemCallError {
                guard error.errno == .noSuchFileOrDirectory else { throw error }
            }
        }
        throw Files.isDirectory(runningDirectory) ? RunError.notReady(id) : .noContainer(id)
    }

    /// What is known of it once its command runs, or has ended.
    ///
    /// One that is just being started is waited for, two seconds long: its command may have begun to speak before
    /// mydocker has written down that it runs.
    ///
    /// - Throws: as ``record()``.
    func startedRecord() throws -> ContainerRecord {
        for _ in 0..<400 {
            do {
                let record = try record()
                if record.isRunning || record.finished != nil || record.started == nil { return record }
            } catch {
                guard case RunError.notReady = error else { throw error }
            }
            usleep(5000)
        }
        throw RunError.notReady(id)
    }

    /// Where its record is, to be changed; one that is just being started is waited for.
    ///
    /// - Throws: as ``startedRecord()``.
    func settledDirectory() throws -> FilePath {
        guard isRunning else { return keptDirectory }
        _ = try startedRecord()
        return isRunning ? runningDirectory : keptDirectory
    }
}
