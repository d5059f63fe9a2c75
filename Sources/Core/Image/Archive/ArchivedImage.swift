internal import Glibc
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
}

extension StagedBlob {
    /// Checks that a layer's uncompressed content has the digest that the image's configuration names.
    ///
    /// - Parameter compression: how it is said to be compressed; nil to find out.
    /// - Returns: how it is compressed.
    /// - Throws: ``ImageError``.
    func verifyLayer(_ diffID: Digest, compression: Compression? = nil) throws -> Compression {
        if digest == diffID, compression == nil || compression == .plain { return .plain }
        let file = try Descriptor(path, O_RDONLY)
        let source = FileSource(file.rawValue)
        let (content, actual) =
            try compression.map { (try $0.open(source), $0) } ?? Compression.sniff(source)
        let uncompressed = actual == .plain ? digest : try SHA256Hasher.digest(ofAll: content)
        guard uncompressed == diffID else {
            throw ImageError.digestMismatch(content: "a layer", expected: diffID, actual: uncompressed)
        }
        return actual
    }
}

extension SHA256Hasher {
    /// The digest of everything that `source` has.
    static func digest(ofAll source: any ByteSource) throws -> Digest {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 4096)
        defer { buffer.deallocate() }
        var hasher = SHA256Hasher()
        while true {
            let count = try source.read(into: buffer)
            if count == 0 { return hasher.finish() }
            hasher.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }
}
