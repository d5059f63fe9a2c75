/// The media types of OCI images, and the ones of docker that mean the same.
package enum MediaType {
    package static let index = "application/vnd.oci.image.index.v1+json"
    package static let manifest = "application/vnd.oci.image.manifest.v1+json"
    package static let config = "application/vnd.oci.image.config.v1+json"
    package static let layer = "application/vnd.oci.image.layer.v1.tar"

    package static let dockerIndex = "application/vnd.docker.distribution.manifest.list.v2+json"
    package static let dockerConfig = "application/vnd.docker.container.image.v1+json"
    package static let dockerLayer = "application/vnd.docker.image.rootfs.diff.tar"
    package static let dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"

    /// How a layer of this media type is said to be compressed.
    ///
    /// - Throws: ``ImageError/unsupportedMediaType(_:)``.
    package static func compression(ofLayer type: String) throws(ImageError) -> Compression {
        switch type {
        case layer, "application/vnd.oci.image.layer.nondistributable.v1.tar",
            dockerLayer:
            .plain
        case layer + "+gzip", "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
            dockerLayer + ".gzip",
            "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip":
            .gzip
        case layer + "+zstd", "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
            dockerLayer + ".zstd":
            .zstd
        default:
            throw .unsupportedMediaType(type)
        }
    }

    /// True for the layers of images, and those that are no more than packed in a way that is not known here.
    package static func isLayer(_ type: String) -> Bool {
        ["application/vnd.oci.image.layer.", dockerLayer, "application/vnd.docker.image.rootfs.foreign."]
            .contains { type.hasPrefix($0) }
    }

    /// The media type of a layer that is compressed so.
    package static func layer(_ compression: Compression) -> String {
        switch compression {
        case .plain: layer
        case .gzip: layer + "+gzip"
        case .zstd: layer + "+zstd"
        }
    }

    /// The uncompressed content of a layer blob.
    ///
    /// How it is compressed is told by its first bytes, as docker, containerd and podman do: some tools give a
    /// layer the wrong name.
    package static func open(_ source: any ByteSource, asLayer type: String) throws -> any ByteSource {
        _ = try compression(ofLayer: type)
        return try Compression.sniff(source).content
    }
}
