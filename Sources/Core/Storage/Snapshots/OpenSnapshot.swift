public import DriverKit
public import Mount
public import SystemPackage

/// A snapshot that is in use by this process: an active one is nobody else's as long as this value lives.
public struct OpenSnapshot: ~Copyable, Sendable {
    /// What was opened.
    public let snapshot: Snapshot
    /// Its own directory.
    public let directory: SnapshotDirectory
    /// The snapshots below it, the nearest first.
    public let parents: [SnapshotDirectory]
    private let store: SnapshotStore
    private let lock: SnapshotLock

    init(
        _ snapshot: Snapshot, _ directory: SnapshotDirectory, parents: [SnapshotDirectory],
        in store: SnapshotStore, lock: consuming SnapshotLock
    ) {
        self.snapshot = snapshot
        self.directory = directory
        self.parents = parents
        self.store = store
        self.lock = lock
    }

    /// Lets go of it; so does the end of this value's life.
    public consuming func close() {}

    /// How it becomes a tree at `target`: read-only if it is a view.
    ///
    /// Unmount before letting go of this value, or let the mount go with a mount namespace; and before asking again.
    ///
    /// - Throws: what the driver throws.
    public borrowing func mounts(at target: FilePath) throws -> MountPlan {
        if snapshot.kind == .active { return try store.mountsAgain(of: directory, on: parents, at: target) }
        return try store.mounts(of: directory, on: parents, at: target, access: .readOnly)
    }
}

extension SnapshotStore {
    /// Opens an active snapshot or a view, to mount it.
    ///
    /// - Throws: ``SnapshotError``.
    public func open(_ key: SnapshotKey) throws(SnapshotError) -> OpenSnapshot {
        let kind = try stat(key).kind
        if kind == .committed { throw .notMountable(key) }
        let lock = try SnapshotLock.take(directory(of: key), key, kind == .active ? .exclusive : .shared)
        // Read again, now that nobody can change it.
        let (snapshot, chain) = try records.read { table throws(SnapshotError) in
            (try table.row(key).snapshot, try table.ancestors(of: key))
        }
        return OpenSnapshot(
            snapshot, directory(of: key), parents: chain.map { self.directory(of: $0) }, in: self, lock: lock)
    }
}
