public import SystemPackage

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
    ///   - mediaType: how it is packed, in the words of OCI or docker.
    ///   - diffID: the digest of the uncompressed archive.
    ///   - directory: where to; empty, or for ``DeletionFormat/none`` the whole tree of the layers below. Nobody
    ///     else changes it meanwhile.
    ///   - deletionFormat: how deletions are written.
    /// - Returns: whether the layer has an entry for the root directory itself.
    /// - Throws: ``ImageError`` or ``SystemCallError``.
    @discardableResult
    public static func unpack(
        _ blob: borrowing Descriptor, mediaType: String, expecting diffID: Digest, into directory: FilePath,
        deletionFormat: DeletionFormat
    ) throws -> Bool {
        try unpack(
            blob, mediaType: mediaType, expecting: diffID, into: directory, deletionFormat: deletionFormat,
            meter: nil)
    }

    /// The same, with a meter that counts what is read of the blob.
    static func unpack(
        _ blob: borrowing Descriptor, mediaType: String, expecting diffID: Digest, into directory: FilePath,
        deletionFormat: DeletionFormat, meter: ByteMeter?
    ) throws -> Bool {
        let tree = try LayerDirectory(directory)
        let file = FileSource(blob.rawValue)
        let counted: any ByteSource =
            meter.map { meter in TappedSource(file) { meter.add($0.count) } } ?? file
        let source = try MediaType.open(counted, asLayer: mediaType)
        return try unpack(source, expecting: diffID, into: tree, deletionFormat: deletionFormat)
    }

    @discardableResult
    static func unpack(
        _ source: any ByteSource, expecting diffID: Digest, into tree: LayerDirectory,
        deletionFormat: DeletionFormat
    ) throws -> Bool {
        var hasher = SHA256Hasher()
        let reader = TarReader(TappedSource(source) { hasher.update($0) }, endMarker: .optional)
        let writer = LayerWriter(tree, format: deletionFormat)
        while let entry = try reader.next() { try writer.write(entry, from: reader) }
        try reader.drain()
        let actual = hasher.finish()
        guard actual == diffID else {
            throw ImageError.digestMismatch(content: "the layer", expected: diffID, actual: actual)
        }
        try writer.finish()
        return writer.hasWrittenRoot
    }
}
