/// Which part of a log is wanted.
public struct ContainerLogQuery: Sendable, Equatable {
    /// So many of the last lines, before others are left out for their time; nil for all.
    public var tail: Int?
    /// Nothing earlier, in nanoseconds since 1970.
    public var since: Int64?
    /// Nothing later.
    public var until: Int64?
    /// What comes after the reader has been opened, too.
    public var follows = false

    /// All that there is.
    public init(tail: Int? = nil, since: Int64? = nil, until: Int64? = nil, follows: Bool = false) {
        self.follows = follows
        self.tail = tail
        self.since = since
        self.until = until
    }
}
