internal import CLinux
internal import Glibc
internal import Host
internal import Storage
internal import SystemPackage
internal import Tree

/// A file or directory beside a place that is being written to: `.NAME.mydocker-` and twelve digits.
///
/// It is locked (flock(2)) as long as this value lives. So whoever writes to the same place next can tell what a
/// killed writer left, and removes that.
struct UnfinishedOutput: ~Copyable {
    let temporary: FilePath
    private let lock: Descriptor

    /// Makes one for the place `path`, after removing what others have left.
    ///
    /// - Parameter make: makes the file or directory.
    init(at path: FilePath, _ make: (FilePath) throws(SystemCallError) -> Void) throws(SystemCallError) {
        let directory = path.parent
        let prefix = ".\((path.lastComponent?.string ?? "").prefix(100)).mydocker-"
        Self.removeLeftovers(in: directory.isEmpty ? "." : directory, prefix)
        while true {
            let temporary = directory.appending(FilePath(prefix + LiveDirectory.randomName()).components)
            try make(temporary)
            // Until it is locked it looks like a leftover.
            guard let lock = try Self.lock(temporary) else { continue }
            self.temporary = temporary
            self.lock = lock
            return
        }
    }

    /// Locks what was just made; nil if somebody took it for a leftover.
    private static func lock(_ path: FilePath) throws(SystemCallError) -> Descriptor? {
        guard Files.exists(path) else { return nil }
        let file = try Descriptor(path, O_RDONLY | O_NOFOLLOW)
        let number = file.rawValue
        try systemCall("flock", path.string) { flock(number, LOCK_EX) }
        guard let status = Files.status(path), FileID(status) == (try FileID(of: number)) else { return nil }
        return file
    }

    /// The place may be anybody's: only what is this user's own is touched, and no link is followed.
    private static func removeLeftovers(in directory: FilePath, _ prefix: String) {
        for name in (try? Files.list(directory)) ?? [] where name.hasPrefix(prefix) {
            guard name.utf8.count == prefix.utf8.count + 12,
                name.utf8.suffix(12).allSatisfy(\.isLowercaseHex)
            else { continue }
            let path = directory.appending(FilePath(name).components)
            guard let file = try? Descriptor(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK),
                let status = try? stat(of: file.rawValue), status.st_uid == geteuid(),
                status.isDirectory || status.type == S_IFREG, flock(file.rawValue, LOCK_EX | LOCK_NB) == 0
            else { continue }
            try? TreeRemoval.remove(path)
        }
    }
}
