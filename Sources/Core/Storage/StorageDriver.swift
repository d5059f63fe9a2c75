public import SystemPackage

/// What one file system makes different about snapshots; everything else is Core's.
///
/// ## A snapshot's life
/// A *snapshot* is the state of a root file system at one moment. On disk it is a directory
/// (``SnapshotDirectory``) whose `fs` subdirectory, the *layer directory*, holds either what the snapshot
/// changed against its parent (a union file system) or the whole tree (no union: ``DeletionFormat/none``).
///
/// An *active* snapshot is made on top of its parent and is writable. It is either *committed*: sealed,
/// immutable, and from then on able to be a parent; or *discarded*. A *view* is the read-only form of an
/// active one.
///
/// ## Running a container
/// `prepare` makes the active snapshot's directory, ``mounts(of:at:access:)`` says how it and its parents
/// become one tree, and Core executes that plan in the container's mount namespace. In the end the mounts go
/// with the namespace, and Core removes the directory with everything in it.
///
/// ## Unpacking an image layer
/// `prepare` makes the directory on top of the layer's parent, and Core writes the layer's content straight
/// into the layer directory, deletions in the form that ``deletionFormat`` says. Nothing is mounted.
///
/// ## Rules
/// A driver never forks, never enters a namespace, and never knows of a container, an image or the command
/// line. It holds no state, so that any number of processes may use it at once: Core keeps them away from
/// the same snapshot.
public protocol StorageDriver: Sendable {
    /// The name that users say: `--storage NAME`. Lower-case letters, digits and `-`.
    var name: String { get }

    /// How a deleted file is written in a layer directory.
    var deletionFormat: DeletionFormat { get }

    /// What it can do, and what it does differently.
    var capabilities: DriverCapabilities { get }

    /// Whether the driver works on this kernel with snapshots kept in `directory`, found out by trying.
    ///
    /// Called in a private mount namespace with an existing, empty, private directory that Core removes
    /// afterwards; whatever is mounted there vanishes with the namespace. There is a default that deletes a file
    /// and looks for its mark; a driver with conditions of its own writes its own.
    func probe(in directory: FilePath) -> DriverSupport

    /// Makes what the driver needs in an active snapshot's new, empty directory. Core has already made the
    /// layer directory with the parent's (or, without one, the default) mode and owner.
    ///
    /// With ``DeletionFormat/none`` and for ``RootAccess/readWrite`` that is a copy of the nearest parent's
    /// content: Core, or the container, changes it from there.
    ///
    /// - Parameters:
    ///   - parents: the layer directories below this snapshot, the nearest first; may be empty.
    ///   - access: what the snapshot is going to be mounted for.
    /// - Throws: an ``Explained`` error.
    func prepare(_ snapshot: SnapshotDirectory, on parents: [FilePath], access: RootAccess) throws

    /// Takes away what the driver or its file system keeps for an active snapshot only; called before one is
    /// committed, when nothing is mounted. It has to stay mountable all the same, because the commit may fail.
    ///
    /// There is a default that does nothing.
    ///
    /// - Throws: an ``Explained`` error.
    func seal(_ snapshot: SnapshotDirectory) throws

    /// Makes an active snapshot mountable again that was mounted before and is not any more, however that ended;
    /// called whenever one is opened to be mounted, also for the first time.
    ///
    /// There is a default that does nothing.
    ///
    /// - Throws: an ``Explained`` error.
    func reopen(_ snapshot: SnapshotDirectory) throws

    /// The most layers below a writable one on this kernel, as far as it can be found out without trying; nil: any number.
    ///
    /// There is a default, what the capabilities say. Not called where a container starts.
    func layerLimitHere() -> Int?

    /// How a snapshot and its parents become one tree at `target`.
    ///
    /// - Parameter parents: as for `prepare`.
    /// - Throws: ``StorageError/tooManyLayers(driver:layers:limit:)`` for more layers than the file system
    ///   takes, before anything is mounted.
    func mounts(
        of snapshot: SnapshotDirectory, on parents: [FilePath], at target: FilePath, access: RootAccess
    ) throws -> MountPlan
}

extension StorageDriver {
    /// Those of a plain file system.
    public var capabilities: DriverCapabilities { DriverCapabilities() }

    /// What holds on every kernel.
    public func layerLimitHere() -> Int? { capabilities.layerLimit }

    /// Nothing has to be taken away.
    public func seal(_ snapshot: SnapshotDirectory) throws {}

    /// Nothing is in the way of another mount.
    public func reopen(_ snapshot: SnapshotDirectory) throws {}
}

/// The on-disk place of one snapshot.
public struct SnapshotDirectory: Sendable, Equatable {
    /// The snapshot's own directory: the driver may keep more in it, next to the layer directory.
    public let path: FilePath

    /// The snapshot kept at `path`.
    public init(_ path: FilePath) {
        self.path = path
    }

    /// The layer directory: the content.
    public var layer: FilePath { path.appending("fs") }
}

/// Whether a container may change its root.
public enum RootAccess: String, Sendable, Encodable {
    /// Changes go to the active snapshot.
    case readWrite
    /// Every change fails with EROFS.
    case readOnly
}

/// How a layer directory says that something of a lower layer is gone.
public enum DeletionFormat: Sendable, Equatable {
    /// A character device 0:0 of the same name; a directory that hides the lower one of its name has the
    /// extended attribute `opaqueAttribute` with the value "y".
    case device(opaqueAttribute: String)
    /// An empty file `.wh.NAME`; a directory that hides the lower one of its name holds `.wh..wh..opq`.
    /// The form of OCI layer archives too.
    case prefix
    /// Not at all: the layer directory is the whole tree, and what is deleted is simply not there.
    case none
}

/// What a driver says after trying.
public enum DriverSupport: Sendable, Equatable {
    /// It works here.
    case supported
    /// It does not, because of `reason` ("the kernel has no xyz: not in /proc/filesystems"); `remedy` says
    /// what the user can do, if anything.
    case unsupported(reason: String, remedy: String?)

    /// True for `supported`.
    public var isSupported: Bool { self == .supported }
}
