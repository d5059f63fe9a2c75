/// One step in the making of an image (OCI image specification, "Image Configuration", `history`).
public struct HistoryEntry: Codable, Equatable, Sendable {
    /// When it was done, in the form of RFC 3339.
    public var created: String?
    /// The command that did it.
    public var createdBy: String?
    /// Who did it.
    public var author: String?
    /// What they said about it.
    public var comment: String?
    /// True if the step changed the configuration only, so that there is no layer of it.
    public var emptyLayer: Bool?

    /// A step, of which nothing is known but what is given.
    public init(
        created: String? = nil, createdBy: String? = nil, author: String? = nil, comment: String? = nil,
        emptyLayer: Bool? = nil
    ) {
        self.created = created
        self.createdBy = createdBy
        self.author = author
        self.comment = comment
        self.emptyLayer = emptyLayer
    }

    private enum CodingKeys: String, CodingKey {
        case created, author, comment
        case createdBy = "created_by"
        case emptyLayer = "empty_layer"
    }
}
