internal import CLinux
internal import Glibc
internal import SystemPackage

/// A file in the making: written under a name of its own, hashed on the way, and then published or removed.
///
/// Its lock tells the living from the dead: whoever finds such a file unlocked may remove it (flock(2)).
final class TemporaryBlob {
    static let prefix = ".mydocker-import-"

    private let path: FilePath
    private let file: Descriptor
    private var hasher = SHA256Hasher()
    private(set) var size: Int64 = 0
    private var isPublished = false

    /// A new file in `directory`, whose lock the caller holds, so that nobody finds it before it is locked.
    init(in directory: FilePath) throws(SystemCallError) {
        var template = directory.appending(Self.prefix + "XXXXXX").withPlatformString { name in
            Array(UnsafeBufferPointer(start: name, count: strlen(name) + 1))
        }
        let number = try systemCall("mkostemp", directory.string) { clx_mkostemp(&template, O_CLOEXEC) }
        file = Descriptor(owning: number)
        path = FilePath(platformString: template)
        try systemCall("flock") { flock(number, LOCK_EX | LOCK_NB) }
    }

    deinit {
        if !isPublished { path.withPlatformString { _ = unlink($0) } }
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(SystemCallError) {
        hasher.update(bytes)
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            done += try systemCall("write", path.string) {
                Glibc.write(file.rawValue, rest.baseAddress, rest.count)
            }
        }
        size += Int64(bytes.count)
    }

    /// The digest of everything written.
    func digest() -> Digest { hasher.finish() }

    /// Syncs the file and moves it to its final name, in the place of whatever has it; once.
    func publish(as destination: FilePath) throws(SystemCallError) {
        try systemCall("fchmod", path.string) { fchmod(file.rawValue, 0o644) }
        try systemCall("fsync", path.string) { fsync(file.rawValue) }
        try systemCall("rename", destination) { to in path.withPlatformString { rename($0, to) } }
        isPublished = true
    }

    /// Removes what dead processes left in `directory`, whose lock the caller holds.
    static func reap(in directory: FilePath) throws(SystemCallError) {
        let handle = try Descriptor(directory, O_RDONLY | O_DIRECTORY)
        for name in try LayerDirectory.names(in: handle.rawValue) where name.starts(with: prefix.utf8) {
            let number = name.withFileName {
                clx_openat(handle.rawValue, $0, O_RDONLY | O_NOFOLLOW | O_CLOEXEC, 0)
            }
            if number < 0 { continue }
            let file = Descriptor(owning: number)
            if flock(file.rawValue, LOCK_EX | LOCK_NB) == 0 {
                try LayerDirectory.remove(name, in: handle.rawValue)
            }
        }
    }
}
