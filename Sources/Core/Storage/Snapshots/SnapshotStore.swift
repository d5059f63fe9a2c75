public import DriverKit

/// The snapshots of one driver in one store: their keys, kinds, parents, labels, and their life and death.
///
/// ## What a snapshot is
/// A snapshot is the state of a root file system. There are three kinds, in one key space:
/// - **active**: made by ``prepare(_:parent:labels:)``, writable, one user at a time, never a parent;
/// - **view**: made by ``view(_:parent:labels:)``, read-only, never a parent;
/// - **committed**: made by ``commit(_:as:labels:)`` out of an active one, whose key is gone then; immutable, and
///   the only kind that others can be made on.
///
/// ## Three lives
/// *A container that stays*: `prepare("box", parent: image)`, ``open(_:)`` it, execute its mount plan, write, let go
/// of it; open it again tomorrow; `remove("box")`.
///
/// *A new layer*: `prepare("work", parent: image)`, write, `commit("work", as: "layer")`. Whoever prepares on
/// "layer" finds what was written on top of what is in the image.
///
/// *An image's layer*: unpacked somewhere in the store in the driver's form, then
/// ``publish(_:as:parent:labels:)``: its content never has to be mounted. This is how images arrive, all layers
/// at once, and in parallel.
///
/// ## What holds whatever happens
/// - A parent outlives its children: removing it first is refused.
/// - What is committed has been synced before it can be seen. A crash at any moment leaves the state before a
///   call or after it; what lies around then is removed by ``recover(in:)``, which every command runs when it
///   finds that somebody died.
/// - Slow work (copying, adding up usage, deleting) happens outside of transactions and holds up nobody: to
///   remove a snapshot is to rename its directory; its files go later.
/// - An active snapshot is open once at a time, on the whole machine: a second ``open(_:)``, a commit or a removal
///   meanwhile is ``SnapshotError/inUse(_:)``. The kernel ends that when the process ends.
///
/// Any number of threads and processes may use a store at once.
public struct SnapshotStore: Sendable {
    /// What is known of the snapshots.
    public let records: SnapshotRecords
    /// The driver whose snapshots these are.
    public let driver: any StorageDriver
    /// Where everything is.
    public var store: Store { records.store }

    /// The snapshots of `driver` in `store`, which need not exist yet; nothing is opened before it is needed.
    public init(_ store: Store, driver: any StorageDriver) {
        records = SnapshotRecords(store.knowing(driver), driverName: driver.name)
        self.driver = driver
    }

    /// What is known of a snapshot.
    ///
    /// - Throws: ``SnapshotError``.
    public func stat(_ key: SnapshotKey) throws(SnapshotError) -> Snapshot { try records.stat(key) }

    /// Calls `body` with every snapshot for which all `filters` hold, parents before their children.
    ///
    /// They are those of one moment; `body` may look at, make and remove snapshots. It ends the walk by throwing.
    ///
    /// - Throws: ``SnapshotError``, and what `body` throws.
    public func walk(_ filters: [SnapshotFilter] = [], _ body: (Snapshot) throws -> Void) throws {
        try records.walk(filters, body)
    }

    /// The committed snapshots below one, the nearest first.
    ///
    /// - Throws: ``SnapshotError``.
    public func ancestors(of key: SnapshotKey) throws(SnapshotError) -> [SnapshotKey] {
        try records.ancestors(of: key)
    }

    /// Where a snapshot of this key is, or would be.
    public func directory(of key: SnapshotKey) -> SnapshotDirectory { records.directory(of: key) }

    /// Changes what users wrote on a snapshot, of any kind.
    ///
    /// Nothing else of it can be changed.
    ///
    /// - Throws: ``SnapshotError``.
    @discardableResult
    public func update(_ key: SnapshotKey, _ update: SnapshotUpdate) throws(SnapshotError) -> Snapshot {
        try records.update(key, update)
    }

    /// Removes a snapshot: at once from sight, its files then or later.
    ///
    /// Where there is no room to write that down, its files go first.
    ///
    /// - Throws: ``SnapshotError``.
    public func remove(_ key: SnapshotKey) throws(SnapshotError) { try records.remove(key) }

    /// The space that a snapshot takes without its parents: measured now, or for a committed one when it was
    /// committed.
    ///
    /// - Throws: ``SnapshotError``, or what the driver throws.
    public func usage(_ key: SnapshotKey) throws -> SnapshotUsage {
        if let known = try records.knownUsage(key) { return known }
        return try measure(directory(of: key), on: ancestors(of: key).map(directory(of:)))
    }
}
