internal import Layers
internal import Storage

/// An image's configuration blob (OCI image specification, "Image Configuration").
///
/// What is not listed here is kept as it was read, and written again.
package struct ConfigDocument: Codable, Equatable, Sendable {
    var created: String?
    var author: String?
    package var architecture: String
    package var os: String
    package var config: ImageConfig?
    var rootfs: RootFS
    /// How the image came to be, the oldest step first; as many that are not `emptyLayer` as there are layers.
    var history: [HistoryEntry]?
    /// Everything else: "variant", "os.version".
    var others: [String: JSONValue] = [:]

    struct RootFS: Codable, Equatable, Sendable {
        var type = "layers"
        var diffIDs: [Digest]

        enum CodingKeys: String, CodingKey {
            case type
            case diffIDs = "diff_ids"
        }
    }

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case created, author, architecture, os, config, rootfs, history
    }

    init(
        created: String? = nil, author: String? = nil, platform: Platform = .current, config: ImageConfig?,
        diffIDs: [Digest], history: [HistoryEntry]? = nil
    ) {
        self.created = created
        self.author = author
        architecture = platform.architecture
        os = platform.os
        self.config = config
        rootfs = RootFS(diffIDs: diffIDs)
        self.history = history
    }

    /// The machines that it is for.
    package var platform: Platform {
        var platform = Platform(architecture: architecture, os: os)
        if case .string(let variant)? = others["variant"], !variant.isEmpty { platform.variant = variant }
        return platform
    }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        created = try fields.decodeIfPresent(String.self, forKey: .created)
        author = try fields.decodeIfPresent(String.self, forKey: .author)
        architecture = try fields.decode(String.self, forKey: .architecture)
        os = try fields.decode(String.self, forKey: .os)
        config = try fields.decodeIfPresent(ImageConfig.self, forKey: .config)
        rootfs = try fields.decode(RootFS.self, forKey: .rootfs)
        history = try fields.decodeIfPresent([HistoryEntry].self, forKey: .history)
        others = try JSONValue.members(of: decoder, except: CodingKeys.allCases.map(\.rawValue))
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encodeIfPresent(created, forKey: .created)
        try fields.encodeIfPresent(author, forKey: .author)
        try fields.encode(architecture, forKey: .architecture)
        try fields.encode(os, forKey: .os)
        try fields.encodeIfPresent(config, forKey: .config)
        try fields.encode(rootfs, forKey: .rootfs)
        try fields.encodeIfPresent(history, forKey: .history)
        try JSONValue.encode(others, to: encoder)
    }
}
