internal import CLinux
package import DriverKit
internal import Glibc
internal import Host
package import SystemPackage

/// A layer as an archive in a file, and back: what commit and the unpacking of images do, without an image.
package enum LayerDiff {
    /// Writes what a layer changes of those below it.
    ///
    /// - Parameter layer: the layer directory.
    /// - Throws: ``ImageError`` or ``SystemCallError``.
    package static func write(
        _ changes: [Change], of layer: FilePath, format: DeletionFormat, to file: FilePath
    ) throws {
        try withWriter(to: file) {
            try LayerArchiver.write(changes, of: layer, format, to: $0, skip: { _ in })
        }
    }

    /// Writes a whole tree.
    ///
    /// - Throws: ``ImageError`` or ``SystemCallError``.
    package static func writeTree(_ tree: FilePath, to file: FilePath) throws {
        try withWriter(to: file) { try TreeArchiver.write(tree, to: $0) }
    }

    /// Unpacks such a file into a layer directory.
    ///
    /// - Parameter parents: the layer directories below it, the nearest first.
    /// - Throws: ``DiffError``, ``ImageError`` or ``SystemCallError``.
    package static func apply(
        _ file: FilePath, to layer: FilePath, on parents: [FilePath], format: DeletionFormat
    ) throws {
        let blob = try Descriptor(file, O_RDONLY)
        let digest = try SHA256Hasher.digest(ofAll: FileSource(blob.rawValue))
        try LayerUnpacker.unpack(
            Descriptor(file, O_RDONLY), mediaType: MediaType.layer, expecting: digest, into: layer,
            on: parents, deletionFormat: format)
    }

    private static func withWriter(to file: FilePath, _ body: (TarWriter) throws -> Void) throws {
        let output = try Descriptor(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
        let sink = BufferedOutput(output.rawValue)
        try body(TarWriter(sink.write))
        try sink.flush()
    }
}
