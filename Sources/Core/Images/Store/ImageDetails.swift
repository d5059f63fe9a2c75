internal import Layers

/// All about an image, in the form in which docker and podman tell it.
public struct ImageDetails: Encodable, Sendable {
    let id: Digest
    let digest: Digest
    let names: [String]
    let comment: String
    let image: Image

    private struct RootFS: Encodable {
        var type = "layers"
        let layers: [Digest]

        enum CodingKeys: String, CodingKey {
            case type = "Type"
            case layers = "Layers"
        }
    }

    private enum CodingKeys: String, CodingKey {
        case id = "Id"
        case digest = "Digest"
        case names = "RepoTags"
        case created = "Created"
        case author = "Author"
        case comment = "Comment"
        case architecture = "Architecture"
        case os = "Os"
        case config = "Config"
        case rootfs = "RootFS"
        case size = "Size"
        case history = "History"
    }

    /// Writes it.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(id, forKey: .id)
        try fields.encode(digest, forKey: .digest)
        try fields.encode(names, forKey: .names)
        try fields.encode(image.created ?? "", forKey: .created)
        try fields.encode(image.author ?? "", forKey: .author)
        try fields.encode(comment, forKey: .comment)
        try fields.encode(image.architecture, forKey: .architecture)
        try fields.encode(image.os, forKey: .os)
        try fields.encode(image.config, forKey: .config)
        try fields.encode(RootFS(layers: image.layers.map(\.diffID)), forKey: .rootfs)
        try fields.encode(image.size, forKey: .size)
        try fields.encode(image.history, forKey: .history)
    }
}

extension ImageStore {
    /// All about the image that a user means.
    ///
    /// - Throws: ``ImageError`` or ``SystemCallError``.
    public func details(of reference: String) throws -> ImageDetails {
        let image = try image(reference)
        let catalog = try catalog()
        let names = catalog.entries.filter { catalog.id(of: $0.blob) == image.id }.compactMap(\.name).sorted()
        return ImageDetails(
            id: image.id, digest: image.manifestDigest, names: names.map(\.description),
            comment: image.history.last?.comment ?? "", image: image)
    }
}
