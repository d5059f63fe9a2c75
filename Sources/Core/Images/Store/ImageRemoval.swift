public import Layers

/// A container that an image is in use by.
public struct ImageUse: Sendable, Equatable {
    /// A name, an ID, or the digest of its manifest, which is what a container's record says.
    public let image: String
    /// The container's name or ID.
    public let container: String

    /// A use of `image` by `container`.
    public init(image: String, container: String) {
        self.image = image
        self.container = container
    }
}

/// What a removal has done.
public struct ImageRemoval: Sendable, Equatable {
    /// The names that are gone.
    public internal(set) var untagged: [ImageName] = []
    /// The IDs of the images that are gone.
    public internal(set) var deleted: [Digest] = []
    /// How many bytes of blobs are gone.
    public internal(set) var freed: Int64 = 0
}
