internal import Glibc
public import Host
public import SystemPackage
internal import Tree

/// The on-disk place of one snapshot.
public struct SnapshotDirectory: Sendable, Equatable {
    /// The snapshot's own directory: what is in it is the driver's, but for the names that begin with `mydocker.`.
    public let path: FilePath

    /// The layer directory: the content of a snapshot that is not finished, or is read (``StorageDriver/reading(_:)``).
    public let layer: FilePath

    /// The snapshot kept at `path`.
    public init(_ path: FilePath) {
        self.path = path
        layer = path.appending("fs")
    }

    /// A directory that no driver has made, as the one layer of a root (`--rootfs`).
    ///
    /// Nothing in it is changed.
    public init(plain directory: FilePath) {
        path = directory
        layer = directory
    }

    /// Whether it is a directory that no driver has made.
    public var isPlain: Bool { path == layer }

    /// Makes the layer directory, a plain directory with the mode, owner and attributes of the parent's: a union shows
    /// the uppermost layer's.
    ///
    /// - Throws: ``SystemCallError``.
    public func makeLayer(on parent: SnapshotDirectory?) throws(SystemCallError) {
        try Files.makeDirectory(layer)
        if let parent { try takeRoot(from: parent.layer) }
    }

    /// Gives the layer directory the mode, owner, times, and attributes of the one at `parent`, except `trusted.`
    /// ones, which may be marks of the parent's file system.
    ///
    /// - Throws: ``SystemCallError``.
    public func takeRoot(from parent: FilePath) throws(SystemCallError) {
        let source = try Descriptor(parent, O_RDONLY | O_DIRECTORY)
        let copy = try Descriptor(layer, O_RDONLY | O_DIRECTORY)
        try Metadata.apply(
            try stat(of: source.rawValue), from: source.rawValue, to: copy.rawValue, except: "trusted.")
    }
}

/// Whether a container may change its root.
public enum RootAccess: String, Sendable, Encodable {
    /// Changes go to the active snapshot.
    case readWrite
    /// Every change fails with EROFS.
    case readOnly
}

/// What a snapshot is made for.
public struct SnapshotUse: Sendable, Equatable {
    /// How it is going to be mounted; nil if it is not: its content is written straight into it.
    public let access: RootAccess?
    /// Where it is going to be mounted next, if that is known already.
    public let target: FilePath?
    /// What the user asked for (`--storage-opt NAME=VALUE`); only what the driver's capabilities name.
    public let options: [String: String]

    /// Content is written straight into it, and then it is finished.
    public static let unpacking = SnapshotUse(access: nil, target: nil, options: [:])

    /// It is mounted.
    public static func mounting(
        _ access: RootAccess, at target: FilePath? = nil, options: [String: String] = [:]
    ) -> SnapshotUse {
        SnapshotUse(access: access, target: target, options: options)
    }

    /// Whether somebody or something writes to it.
    public var isWritable: Bool { access != .readOnly }
}

/// The space of one snapshot alone, without its parents.
public struct SnapshotUsage: Sendable, Equatable, Codable {
    /// Bytes on disk, as du(1) counts them: allocated blocks, a file with several links once.
    public var bytes: Int64
    /// Inodes, each once.
    public var inodes: Int64

    /// A usage.
    public init(bytes: Int64 = 0, inodes: Int64 = 0) {
        self.bytes = bytes
        self.inodes = inodes
    }
}
