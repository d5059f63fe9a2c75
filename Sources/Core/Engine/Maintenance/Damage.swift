/// Something in a store that is not as it should be.
public struct Damage: Sendable, Encodable, Equatable {
    /// What kind of thing it is.
    public enum Kind: String, Sendable, Encodable {
        /// The store itself: its directories and who may use them.
        case store
        /// The list of images, or the layout's marker.
        case index
        /// A blob: its content, or its being there.
        case blob
        /// An image, which needs what is damaged or missing.
        case image
        /// The snapshots' metadata.
        case database
        /// A snapshot: its row, its directory, or a layer's content.
        case snapshot
        /// A container, or its name.
        case container
    }

    /// What kind of thing it is.
    public let kind: Kind
    /// Which: a path, an image or a container.
    public let subject: String
    /// What is wrong with it.
    public let problem: String
    /// What was done about it; nil if nothing was.
    public internal(set) var repair: String?
    /// What the user can do about it; nil if nothing is left to do, or `--repair` is.
    public internal(set) var advice: String?

    init(_ kind: Kind, _ subject: String, _ problem: String, advice: String? = nil) {
        self.kind = kind
        self.subject = subject
        self.problem = problem
        self.advice = advice
    }
}
