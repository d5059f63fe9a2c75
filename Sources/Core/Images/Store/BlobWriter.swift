internal import CLinux
internal import Glibc
internal import Host
internal import Layers
internal import SystemPackage

/// A file that is being written and hashed on the way.
final class BlobWriter {
    private let path: FilePath
    private let file: Descriptor
    private var hasher = SHA256Hasher()
    /// How many bytes it has.
    private(set) var size: Int64 = 0
    /// How many of them are on their way to the disk.
    private var begun: Int64 = 0

    /// So much is worth a request of its own.
    private static let stretch: Int64 = 8 << 20

    /// A new file at `path`.
    init(_ path: FilePath) throws(SystemCallError) {
        file = try Descriptor(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o644)
        self.path = path
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
        guard size - begun >= Self.stretch else { return }
        // It will be synced: the disk may begin while the rest is still to come. A hint, whose failure is the sync's.
        clx_start_writing(file.rawValue, begun, size - begun)
        begun = size
    }

    /// Writes everything that `source` has.
    func write(all source: any ByteSource) throws {
        try source.forEachPiece { try write($0) }
    }

    /// The blob that was written; nothing can be written after.
    ///
    /// It is not synced: publishing does that, for what is published.
    func finish() throws(SystemCallError) -> StagedBlob {
        try systemCall("fchmod", path.string) { fchmod(file.rawValue, 0o644) }
        return StagedBlob(path: path, digest: hasher.finish(), size: size)
    }
}
