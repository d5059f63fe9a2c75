public import DriverKit
public import Host
public import SystemPackage
package import Tree

/// Unpacks image layers straight into layer directories, in the form that a storage driver asks for.
///
/// Layers are hostile until proven otherwise: no name, link or deletion reaches out of the directory, marks of
/// file systems cannot be forged (``LayerAction``, ``LayerWriter``), and the content has to have the digest that
/// the image's configuration names. Nothing is synced: that is for whoever publishes the directory.
public enum LayerUnpacker {
    /// Unpacks one layer.
    ///
    /// Needs the privileges to give files any owner and to make devices. If it fails, what was written so far is
    /// left for the caller to throw away with the directory.
    ///
    /// - Parameters:
    ///   - blob: the layer, read from where it stands to its end; a pipe will do.
    ///   - mediaType: that it is a layer, in the words of OCI or docker; how it is compressed, its first bytes tell.
    ///   - diffID: the digest of the uncompressed archive.
    ///   - directory: where to; empty, or for ``DeletionFormat/none`` the whole tree of the layers below. Nobody
    ///     else changes it meanwhile.
    ///   - parents: the layer directories below, the nearest first; none for ``DeletionFormat/none``.
    ///   - deletionFormat: how deletions are written.
    /// - Throws: ``ImageError``, ``DiffError`` or ``SystemCallError``.
    public static func unpack(
        _ blob: borrowing Descriptor, mediaType: String, expecting diffID: Digest, into directory: FilePath,
        on parents: [FilePath] = [], deletionFormat: DeletionFormat
    ) throws {
        let tree = try LayerDirectory(directory)
        let source = try MediaType.open(FileSource(blob.rawValue), asLayer: mediaType)
        try unpack(source, expecting: diffID, into: tree, on: parents, deletionFormat: deletionFormat)
    }

    static func unpack(
        _ source: any ByteSource, expecting diffID: Digest, into tree: LayerDirectory,
        on parents: [FilePath] = [], deletionFormat: DeletionFormat
    ) throws {
        let remainder = try write(source, expecting: diffID, into: tree, deletionFormat) { parents }
        try remainder.finish(in: tree, on: LowerUnion(parents, format: deletionFormat))
    }

    /// Writes all that can be written before the layers below are there.
    ///
    /// - Parameter parents: gives the layer directories below; called only if there is no going on without.
    /// - Returns: what is left to be done.
    package static func write(
        _ source: any ByteSource, expecting diffID: Digest, into tree: LayerDirectory,
        _ format: DeletionFormat, on parents: @escaping () throws -> [FilePath]
    ) throws -> LayerRemainder {
        var hasher = SHA256Hasher()
        let reader = TarReader(TappedSource(source) { hasher.update($0) }, endMarker: .optional)
        let writer = LayerWriter(tree, format: format, on: parents)
        while let entry = try reader.next() { try writer.write(entry, from: reader) }
        try reader.drain()
        let actual = hasher.finish()
        guard actual == diffID else {
            throw ImageError.digestMismatch(content: "the layer", expected: diffID, actual: actual)
        }
        return writer.remainder
    }
}
