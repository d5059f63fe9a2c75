/// What a container has said: a line, or a part of one.
public struct ContainerLogEntry: Sendable, Equatable {
    /// Where it said it.
    public var stream: ContainerLogStream
    /// When that was read, in nanoseconds since 1970.
    public var time: Int64
    /// What it said, with the end of the line, if it ended there; it may be anything.
    public var text: [UInt8]
}
