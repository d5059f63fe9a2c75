internal import Glibc
internal import Host
internal import Layers
internal import SystemPackage

/// An image that was found in an archive, checked from its manifest to the content of its layers.
struct ArchivedImage {
    /// What describes its manifest.
    let entry: BlobDescriptor
    /// The names that the archive gives it.
    let names: [ImageName]
    /// The digest of its configuration.
    let id: Digest
    /// All of its blobs.
    let blobs: [StagedBlob]
    /// Attributes in its layers that they do not get here, by their names.
    let leftOut: Set<String>
}

extension StagedBlob {
    /// Checks that a layer's uncompressed content has the digest that the image's configuration names, and that it
    /// can be unpacked on the layers below it.
    ///
    /// - Parameter check: has seen the layers below.
    /// - Returns: how it is compressed.
    /// - Throws: ``ImageError``.
    func verifyLayer(_ diffID: Digest, _ check: inout RootFSCheck) throws -> Compression {
        let file = try Descriptor(path, O_RDONLY)
        let (content, compression) = try Compression.sniff(FileSource(copying: file.rawValue))
        let isPlain = compression == .plain
        // A layer with another digest is not looked into.
        if isPlain, digest != diffID {
            throw ImageError.digestMismatch(content: "a layer", expected: diffID, actual: digest)
        }
        var hasher = SHA256Hasher()
        let malformation = try BytePump.readingAhead(of: content, ifLarge: isPlain ? 0 : size) { content in
            let source = isPlain ? content : TappedSource(content) { hasher.update($0) }
            let reader = TarReader(source, endMarker: .optional)
            let malformation = try check.checkLayer(reader)
            try reader.drain()
            return malformation
        }
        let actual = isPlain ? digest : hasher.finish()
        guard actual == diffID else {
            throw ImageError.digestMismatch(content: "a layer", expected: diffID, actual: actual)
        }
        if let malformation { throw malformation }
        return compression
    }
}

extension RootFSCheck {
    /// Checks all entries of a layer.
    ///
    /// - Returns: why it cannot be unpacked.
    /// - Throws: what the reader's source throws.
    fileprivate mutating func checkLayer(_ reader: TarReader) throws -> ImageError? {
        do {
            try beginLayer()
            while let entry = try reader.next() { try check(entry) }
            return nil
        } catch let error as ImageError {
            if case .malformedCompression = error { throw error }
            return error
        }
    }
}
