/// An image, resolved from a store: what to run, and on which layers.
public struct Image: Sendable, Equatable {
    /// The name by which it was found.
    public let name: ImageName
    /// The digest of its manifest: what identifies it whatever its names are.
    public let manifestDigest: Digest
    /// When it was made, in the form of RFC 3339, if it says so.
    public let created: String?
    /// How its containers run.
    public let config: ImageConfig
    /// Its layers, the lowest first.
    public let layers: [Layer]

    /// One layer of an image.
    public struct Layer: Sendable, Equatable {
        /// The digest of the blob, compressed as it may be.
        public let digest: Digest
        /// How the blob is packed.
        public let mediaType: String
        /// The size of the blob in bytes.
        public let size: Int64
        /// The digest of the uncompressed archive.
        public let diffID: Digest
        /// What this layer and all below it are together: the name of the snapshot that it becomes (OCI image
        /// specification, "Layer ChainID").
        public let chainID: Digest
    }

    /// The chain identifiers of layers, the lowest first.
    static func chainIDs(of diffIDs: [Digest]) -> [Digest] {
        var result: [Digest] = []
        for diffID in diffIDs {
            result.append(result.last.map { SHA256Hasher.digest(of: "\($0) \(diffID)".utf8) } ?? diffID)
        }
        return result
    }
}
