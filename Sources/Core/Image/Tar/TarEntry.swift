/// One member of a tar archive, before its content.
///
/// Names are bytes: Linux file names need not be UTF-8.
public struct TarEntry: Sendable, Equatable {
    /// The name as it stands in the archive: not yet checked for `..` or a leading `/`; never empty, no NUL.
    public var path: [UInt8]
    /// What it is.
    public var kind: Kind
    /// Permissions with setuid, setgid and sticky: the low 12 bits of st_mode.
    public var mode: UInt32 = 0o644
    /// The owner.
    public var owner: UInt32 = 0
    /// The group.
    public var group: UInt32 = 0
    /// When the content last changed.
    public var modified = TarTime()
    /// Extended attributes, sorted by name.
    public var attributes: [Attribute] = []

    /// What an entry is.
    public enum Kind: Sendable, Equatable {
        /// A file of `size` bytes; `segments` are the parts that the archive holds if it is sparse, all the rest
        /// reads as zeros.
        case file(size: Int64, segments: [Segment]?)
        /// Another name for an earlier file of the same archive.
        case hardLink(target: [UInt8])
        /// A symbolic link; the target is what readlink(2) gives.
        case symbolicLink(target: [UInt8])
        /// A directory.
        case directory
        /// A named pipe.
        case fifo
        /// A character device.
        case characterDevice(major: UInt32, minor: UInt32)
        /// A block device.
        case blockDevice(major: UInt32, minor: UInt32)
    }

    /// A part of a sparse file that has data.
    public struct Segment: Sendable, Equatable {
        /// Where it starts in the file.
        public var offset: Int64
        /// How long it is.
        public var length: Int64
    }

    /// An extended attribute.
    public struct Attribute: Sendable, Equatable {
        /// The name with its namespace: "user.comment".
        public var name: String
        /// The value.
        public var value: [UInt8]
    }

    /// The name for messages.
    var displayName: String { String(fileName: path) }
}
