public import Mount
public import SystemPackage

/// What one file system makes different about snapshots; everything else is Core's.
///
/// ## A snapshot
/// A *snapshot* is the state of a root file system at one moment: the layer of an image, or what a container has made of
/// one. It has a directory of its own (``SnapshotDirectory``), and what is in that is the driver's: ``layers`` says
/// whether a snapshot holds what it changes of those below it or the whole tree.
///
/// The driver decides the form, and says how it is read and written. Core asks for one thing only: as long as a snapshot
/// is not finished, its content can be written to as the directory ``SnapshotDirectory/layer``: that may be a plain
/// directory, a subvolume, or whatever else behaves like a directory.
///
/// ## Its life
/// 1. ``create(_:on:for:)`` makes it, on those below it.
/// 2. It is filled: Core writes an image's layer straight into its directory, or somebody writes through what
///    ``mounts(of:on:at:access:)`` says, any number of times, with ``reopen(_:)`` before each but the first.
/// 3. ``finish(_:on:)`` gives it the form in which it does not change any more and others are made on it, which need not
///    be a directory: ``reading(_:)`` says how that becomes one.
/// 4. ``discard(_:)`` undoes what a removal of its directory, file by file, cannot or should not.
///
/// A container that is not kept goes from 1 over one mount to 4; a snapshot that is only mounted read-only too.
///
/// ## Two uses
/// *A container* on the finished layers A and B: `create(box, on: [B, A], for: .mounting(.readWrite))`, then
/// `mounts(of: box, on: [B, A], at: root, access: .readWrite)`; Core executes that plan in the container's mount
/// namespace, and the mounts go with it. `discard(box)`, and Core removes its directory.
///
/// *An image's layer*, which arrives as an archive: `create(layer, on: …, for: .unpacking)`; Core writes its content and
/// deletions, in the form that ``layers`` says; `finish(layer, on: …)`. Nothing is mounted.
///
/// ## Rules
/// A driver never forks, never enters a namespace, and never knows of a container, an image or the command
/// line: what needs a program, and what is to be mounted, are steps of the plans that it returns. It holds no state, so
/// that any number of threads and processes may use it at once: Core keeps them away from the same snapshot.
///
/// What is not said in an initialiser or a method here has a default, so that a driver of a union file system needs no
/// more than `name`, `layers` and `mounts`.
public protocol StorageDriver: Sendable {
    /// The name that users say: `--storage NAME`. Lower-case letters, digits and `-`.
    var name: String { get }

    /// What a snapshot of this driver holds.
    var layers: LayerModel { get }

    /// What Core has to know to use it. There is a default, of a driver without conditions.
    var capabilities: DriverCapabilities { get }

    /// What a program in a container may notice. Core does not look at it; the conformance kit holds the driver to it.
    /// There is a default, of a plain file system.
    var differences: DriverDifferences { get }

    /// Whether what the driver needs of this machine is there, with snapshots kept in `directory`.
    ///
    /// Called in a private mount namespace with an existing, empty, private directory that Core removes afterwards. What
    /// it says is one sentence of what is missing. There is a default that finds nothing missing: Core makes, mounts
    /// and finishes a snapshot after this, which is the real trial.
    func probe(in directory: FilePath) -> DriverSupport

    /// Makes a snapshot in its directory, which exists and is empty.
    ///
    /// Makes `fs` and all that mounting needs. `fs` has the mode, owner and attributes of the nearest parent's
    /// (``SnapshotDirectory/makeLayer(on:)`` does that), and for ``LayerModel/wholeTree(sharing:)``
    /// its content: unless the snapshot is only read, then what is cheapest.
    ///
    /// There is a default for unions: makes `fs`.
    ///
    /// - Parameters:
    ///   - parents: the snapshots below, the nearest first; may be empty. All are finished, but for unions that are
    ///     unpacked (then there are none), and where an active snapshot is looked at that cannot be written to.
    ///   - use: what comes next.
    /// - Throws: an ``Explained`` error. Core removes what is left then.
    func create(_ snapshot: SnapshotDirectory, on parents: [SnapshotDirectory], for use: SnapshotUse) throws

    /// Makes a snapshot mountable again that was mounted before and is not any more, however that ended.
    ///
    /// Called whenever an active one is opened to be mounted, also for the first time. There is a default that does
    /// nothing.
    ///
    /// - Throws: an ``Explained`` error.
    func reopen(_ snapshot: SnapshotDirectory) throws

    /// How a snapshot and its parents become one tree at `target`.
    ///
    /// - Parameters:
    ///   - snapshot: one that was made for this access and is not finished.
    ///   - parents: as for ``create(_:on:for:)``.
    /// - Throws: ``StorageError/tooManyLayers(driver:layers:limit:instead:)`` for more layers than the file system
    ///   takes, before anything is mounted.
    func mounts(
        of snapshot: SnapshotDirectory, on parents: [SnapshotDirectory], at target: FilePath,
        access: RootAccess
    ) throws -> MountPlan

    /// Gives a snapshot whose content is complete the form in which it is immutable and others are made on it.
    ///
    /// Nothing is mounted, and nobody uses it. The driver takes away what its file system keeps for an active snapshot
    /// only, and returns what else is to be done: running a program that packs it, say. If any of that fails the
    /// snapshot has to be mountable as before; it may be finished again.
    ///
    /// There is a default: nothing is to be done.
    ///
    /// - Parameter parents: the snapshots below, the nearest first, all finished.
    /// - Returns: steps that Core executes in a private mount namespace, with `snapshot.layer` as it is.
    /// - Throws: an ``Explained`` error.
    func finish(_ snapshot: SnapshotDirectory, on parents: [SnapshotDirectory]) throws -> MountPlan

    /// How the content of one snapshot, by itself and in the form that ``layers`` says, becomes visible in its
    /// directory ``SnapshotDirectory/layer``, to be read.
    ///
    /// There is a default: it is there. Core executes the steps in a private mount namespace.
    ///
    /// - Throws: an ``Explained`` error.
    func reading(_ snapshot: SnapshotDirectory) throws -> MountPlan

    /// Undoes what cannot or should not be removed file by file: a subvolume, say.
    ///
    /// Called before Core removes the snapshot's directory, whatever state it is in (half made, half discarded), if the
    /// capabilities say so (``DriverCapabilities/discards``). The metadata do not know the snapshot any more.
    ///
    /// - Throws: an ``Explained`` error; the directory stays then, and the next command tries again.
    func discard(_ snapshot: SnapshotDirectory) throws

    /// What the snapshot takes of the disk, without its parents, if its files do not tell; nil, the default: they do.
    ///
    /// - Throws: an ``Explained`` error.
    func usage(of snapshot: SnapshotDirectory, on parents: [SnapshotDirectory]) throws -> SnapshotUsage?

    /// The directories of a whole tree in which something may be other than in its parent's: an entry was added, removed or
    /// changed in any way. All others are known to hold the same entries, of the same content and attributes.
    ///
    /// With it a diff costs as much as the change. There is a default: nil, nobody knows, and Core compares everything.
    ///
    /// - Returns: paths from the tree's root, which is the empty path.
    /// - Throws: an ``Explained`` error.
    func changedDirectories(
        of snapshot: SnapshotDirectory, since parent: SnapshotDirectory
    ) throws -> Set<FilePath>?
}

extension StorageDriver {
    /// Nothing to be known.
    public var capabilities: DriverCapabilities { DriverCapabilities() }

    /// Those of a plain file system.
    public var differences: DriverDifferences { DriverDifferences() }

    /// Nothing is missing.
    public func probe(in directory: FilePath) -> DriverSupport { .supported }

    /// Makes the layer directory.
    public func create(
        _ snapshot: SnapshotDirectory, on parents: [SnapshotDirectory], for use: SnapshotUse
    ) throws {
        try snapshot.makeLayer(on: parents.first)
    }

    /// Nothing is in the way of another mount.
    public func reopen(_ snapshot: SnapshotDirectory) throws {}

    /// Nothing is to be done.
    public func finish(_ snapshot: SnapshotDirectory, on parents: [SnapshotDirectory]) throws -> MountPlan {
        MountPlan([])
    }

    /// It is there.
    public func reading(_ snapshot: SnapshotDirectory) throws -> MountPlan { MountPlan([]) }

    /// Nothing is to be undone.
    public func discard(_ snapshot: SnapshotDirectory) throws {}

    /// Its files tell.
    public func usage(
        of snapshot: SnapshotDirectory, on parents: [SnapshotDirectory]
    ) throws -> SnapshotUsage? { nil }

    /// Nobody knows.
    public func changedDirectories(
        of snapshot: SnapshotDirectory, since parent: SnapshotDirectory
    ) throws -> Set<FilePath>? { nil }
}
