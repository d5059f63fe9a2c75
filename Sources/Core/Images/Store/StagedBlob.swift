internal import Layers
internal import SystemPackage

/// A complete file that can become a blob of the layout; it lives as long as its ``BlobStaging``.
struct StagedBlob: Equatable, Sendable {
    /// Where it is for now.
    let path: FilePath
    /// The digest of its content.
    let digest: Digest
    /// Its size in bytes.
    let size: Int64

    /// How documents refer to it.
    func descriptor(_ mediaType: String) -> BlobDescriptor {
        BlobDescriptor(mediaType: mediaType, digest: digest, size: size)
    }
}
