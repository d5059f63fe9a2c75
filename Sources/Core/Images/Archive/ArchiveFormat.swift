/// The forms in which images are saved.
public enum ArchiveFormat: String, Sendable, CaseIterable {
    /// A tar archive as `docker save` writes it: uncompressed layers and manifest.json; any number of images.
    case dockerArchive = "docker-archive"
    /// A directory as skopeo's `dir:`: one image, without a name.
    case dockerDirectory = "docker-dir"
    /// A tar archive of an OCI image layout; any number of images.
    case ociArchive = "oci-archive"
    /// An OCI image layout; any number of images.
    case ociDirectory = "oci-dir"

    /// True if it is a directory and no single file.
    public var isDirectory: Bool { self == .dockerDirectory || self == .ociDirectory }
}
