/// One line of a list of images.
public struct ImageSummary: Sendable, Equatable {
    /// The name.
    public let name: ImageName
    /// The digest of the manifest (or of the index, for an image with variants).
    public let manifestDigest: Digest
    /// The sum of its layers' blobs in bytes; nil if the image cannot be read.
    public let size: Int64?
    /// When it was made, in the form of RFC 3339, if it says so.
    public let created: String?
}
