internal import CLinux
internal import Glibc
internal import Host
internal import SystemPackage
internal import Tree

/// A directory in the layout for the files of one operation, before they are blobs of it; gone with this value.
///
/// Its lock (flock(2)) tells the living from the dead: whoever finds such a directory unlocked removes it.
final class BlobStaging {
    private let path: FilePath
    private let lock: Descriptor
    private var count = 0

    /// A new directory in `layout`, whose lock the caller holds, so that nobody finds it before it is locked.
    init(in layout: FilePath) throws(SystemCallError) {
        let template = layout.appending(ImageLayout.temporaryPrefix + "XXXXXX")
        var name = template.withPlatformString {
            Array(UnsafeBufferPointer(start: $0, count: strlen($0) + 1))
        }
        guard mkdtemp(&name) != nil else { throw SystemCallError("mkdtemp", template) }
        path = FilePath(platformString: name)
        lock = try Descriptor(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        try systemCall("flock") { flock(lock.rawValue, LOCK_EX | LOCK_NB) }
    }

    deinit {
        try? TreeRemoval.remove(path)
    }

    /// Begins a blob.
    func newBlob() throws(SystemCallError) -> BlobWriter {
        count += 1
        return try BlobWriter(path.appending("\(count)"))
    }

    /// A blob of these bytes.
    func blob(_ bytes: [UInt8]) throws -> StagedBlob {
        let writer = try newBlob()
        try bytes.withUnsafeBytes { try writer.write($0) }
        return try writer.finish()
    }
}
