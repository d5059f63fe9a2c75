public import Layers

/// An image, resolved from a store: what to run, and on which layers.
public struct Image: Sendable, Equatable {
    /// The name by which it was found; nil if it has none.
    public let name: ImageName?
    /// The digest of its configuration: what docker and podman call its ID.
    public let id: Digest
    /// The digest of its manifest.
    public let manifestDigest: Digest
    /// When it was made, in the form of RFC 3339, if it says so.
    public let created: String?
    /// Who made it, if it says so.
    public let author: String?
    /// The processor that it is for, in the words of Go: "amd64".
    public let architecture: String
    /// The operating system that it is for: "linux".
    public let os: String
    /// The generation of that processor, if it says so: "v7".
    public let variant: String?
    /// How its containers run.
    public let config: ImageConfig
    /// Its layers, the lowest first.
    public let layers: [Layer]
    /// How it came to be, the oldest step first, as far as it says.
    public let history: [HistoryEntry]

    /// What to call it: its name, or the beginning of its ID.
    public var displayName: String { name.map { "\($0)" } ?? id.short }

    /// The sum of its layers' blobs in bytes.
    public var size: Int64 { layers.reduce(0) { $0 + $1.size } }

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
