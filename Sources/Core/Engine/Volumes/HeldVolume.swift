internal import CLinux
internal import Glibc
internal import Host
internal import Storage
internal import SystemPackage

/// A volume that cannot be removed as long as this value lives, nor as long as a process that was forked from this one
/// keeps it: flock(2) on its directory.
final class HeldVolume: Sendable {
    let volume: Volume
    /// Its directory in the store.
    let directory: FilePath
    private let lock: Descriptor

    /// How it is held.
    enum Mode {
        /// With others, who use it too.
        case shared
        /// Alone, to fill it or to remove it; nil is thrown back if somebody uses it.
        case exclusive
    }

    private init(_ volume: Volume, _ directory: FilePath, _ lock: consuming Descriptor) {
        self.volume = volume
        self.directory = directory
        self.lock = lock
    }

    /// Holds the volume in `directory`.
    ///
    /// - Returns: nil if it is to be held alone, and somebody holds it.
    /// - Throws: ``SystemCallError``: ENOENT if there is none; ``VolumeError/damaged(_:)``.
    static func hold(_ directory: FilePath, _ mode: Mode) throws -> HeldVolume? {
        while true {
            let lock = try Descriptor(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
            let number = lock.rawValue
            if mode == .exclusive {
                if flock(number, LOCK_EX | LOCK_NB) != 0 {
                    guard Errno.current == .wouldBlock else { throw SystemCallError("flock", directory) }
                    return nil
                }
            } else {
                try systemCall("flock", directory.string) { flock(number, LOCK_SH) }
            }
            // It may have been removed, and made again, meanwhile.
            var status = stat()
            try systemCall("stat", directory.string) { fstat(number, &status) }
            guard let now = Files.status(directory), now.st_ino == status.st_ino, now.st_dev == status.st_dev
            else { continue }
            return HeldVolume(try Volume(from: directory), directory, lock)
        }
    }

    /// Lets others use it too.
    func share() throws {
        try systemCall("flock", directory.string) { flock(lock.rawValue, LOCK_SH) }
    }

    /// Lets go of it.
    func release() { flock(lock.rawValue, LOCK_UN) }

    /// Its content.
    var data: FilePath { volume.device ?? directory.appending(Volume.dataName) }

    /// True if nothing is in it.
    var isEmpty: Bool {
        get throws {
            // One of the host's directories is as its owner has it.
            try volume.device == nil && Files.list(data, following: false).isEmpty
        }
    }
}
