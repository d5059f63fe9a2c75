public import Layers

/// One line of a list of images.
public struct ImageSummary: Sendable, Equatable {
    /// The name; nil if it has none.
    public let name: ImageName?
    /// The digest of the manifest (or of the index, for an image with variants).
    public let manifestDigest: Digest
    /// The image itself; nil if it cannot be read.
    public let image: Image?
}
