package import Layers
internal import Storage

/// A reference to a blob (OCI image specification, "Content Descriptors").
///
/// What is not listed here is kept as it was read, and written again.
package struct BlobDescriptor: Codable, Hashable, Sendable {
    var mediaType: String
    package var digest: Digest
    var size: Int64
    var annotations: [String: String]?
    package var platform: Platform?
    private var others: [String: JSONValue] = [:]

    /// The annotation by which tools find an image in a layout.
    static let nameAnnotation = "org.opencontainers.image.ref.name"

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case mediaType, digest, size, annotations, platform
    }

    package init(mediaType: String, digest: Digest, size: Int64) {
        self.mediaType = mediaType
        self.digest = digest
        self.size = size
    }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        mediaType = try fields.decode(String.self, forKey: .mediaType)
        digest = try fields.decode(Digest.self, forKey: .digest)
        size = try fields.decode(Int64.self, forKey: .size)
        annotations = try fields.decodeIfPresent([String: String].self, forKey: .annotations)
        platform = try fields.decodeIfPresent(Platform.self, forKey: .platform)
        others = try JSONValue.members(of: decoder, except: CodingKeys.allCases.map(\.rawValue))
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(mediaType, forKey: .mediaType)
        try fields.encode(digest, forKey: .digest)
        try fields.encode(size, forKey: .size)
        try fields.encodeIfPresent(annotations, forKey: .annotations)
        try fields.encodeIfPresent(platform, forKey: .platform)
        try JSONValue.encode(others, to: encoder)
    }

    /// True if it may be an image, or an image for several platforms: only its manifest tells for certain.
    var isImage: Bool {
        isIndex || ((mediaType == MediaType.manifest || mediaType == MediaType.dockerManifest) && !isArtifact)
    }

    /// True if it is several images, of which one or none is for this machine.
    var isIndex: Bool { mediaType == MediaType.index || mediaType == MediaType.dockerIndex }

    /// True if it says that it is something about an image, and none: an attestation, a signature, a list of parts.
    ///
    /// Tools that know images only are told by a platform that no machine has (docker buildx).
    private var isArtifact: Bool {
        others["artifactType"] != nil || annotations?["vnd.docker.reference.type"] != nil
            || (platform?.os == "unknown" && platform?.architecture == "unknown")
    }

    /// The image name in the annotations; nil if there is none.
    var name: ImageName? {
        guard let text = annotations?[Self.nameAnnotation] else { return nil }
        do throws(ImageError) { return try ImageName(text) } catch { return nil }
    }

    /// True if no tool has given it a name, not even one that is no image name.
    var isNameless: Bool { annotations?[Self.nameAnnotation] == nil }

    /// The same blob, called by another type.
    func retyped(_ mediaType: String) -> BlobDescriptor {
        BlobDescriptor(mediaType: mediaType, digest: digest, size: size)
    }

    /// The same reference under another name, or none.
    func renamed(_ name: ImageName?) -> BlobDescriptor {
        var copy = self
        copy.annotations?[Self.nameAnnotation] = nil
        if let name {
            copy.annotations = (copy.annotations ?? [:]).merging([Self.nameAnnotation: "\(name)"]) { $1 }
        }
        if copy.annotations?.isEmpty == true { copy.annotations = nil }
        return copy
    }
}
