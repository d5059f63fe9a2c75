internal import CLinux
internal import Glibc
internal import Host
internal import Runtime
internal import Storage
internal import SystemPackage

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

    /// True if it has not been removed.
    var exists: Bool { Files.isDirectory(runningDirectory) || Files.isDirectory(keptDirectory) }

    /// What is known of it now.
    ///
    /// - Throws: ``RunError/notReady(_:)`` while it is being started, ``RunError/noContainer(_:)`` if it is gone,
    ///   ``RunError/damagedRecord(_:)`` or ``SystemCallError``.
    public func record() throws -> ContainerRecord {
        // In this order: it may end meanwhile.
        for directory in [runningDirectory, keptDirectory] {
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
                if record.isRunning || record.finished != nil { return record }
            } catch {
                guard case RunError.notReady = error else { throw error }
            }
            usleep(5000)
        }
        throw RunError.notReady(id)
    }

    /// Kills its process 1, and with it all others (pid_namespaces(7)); does nothing if it has ended.
    ///
    /// - Throws: as ``startedRecord()``.
    func kill() throws {
        let record = try startedRecord()
        guard let process = record.process else { return }
        let number = clx_pidfd_open(process)
        guard number >= 0 else { return }
        let handle = Descriptor(owning: number)
        // The number may have been given out again, but not after this.
        guard ProcessStart.ticks(of: process) == record.processStart else { return }
        _ = clx_pidfd_send_signal(handle.rawValue, SIGKILL)
    }
}
