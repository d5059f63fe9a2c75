internal import Host
public import Tree

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
    public var attributes: [ExtendedAttribute] = []

    package init(
        path: [UInt8], kind: Kind, mode: UInt32 = 0o644, owner: UInt32 = 0, group: UInt32 = 0,
        modified: TarTime = TarTime(), attributes: [ExtendedAttribute] = []
    ) {
        self.path = path
        self.kind = kind
        self.mode = mode
        self.owner = owner
        self.group = group
        self.modified = modified
        self.attributes = attributes
    }

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

    /// The name for messages.
    package var displayName: String { String(fileName: path) }
}
