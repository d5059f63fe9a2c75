internal import CLinux
internal import DriverKit
internal import Glibc
internal import Host
public import Layers
internal import Logging
internal import Mount
internal import Runtime
public import Storage
internal import SystemPackage

/// The files of one container, running or kept: what they are made of, and the ways to get at them.
///
/// A kept container cannot be removed or used otherwise as long as this value lives.
public struct ContainerRoot: ~Copyable {
    /// What is known of the container.
    public let record: ContainerRecord
    let store: Store
    let snapshots: SnapshotStore
    let snapshot: SnapshotDirectory
    /// The layers below the write layer, the nearest first.
    let parents: [SnapshotDirectory]
    /// Of a kept container.
    private let held: OpenSnapshot?

    /// Finds a container by its name or ID.
    ///
    /// - Throws: ``RunError``, ``StorageError`` or ``SnapshotError``.
    public static func find(
        _ nameOrID: String, in store: Store
    ) throws -> ContainerRoot {
        let container = try Containers(store).find(nameOrID)
        let record = try container.startedRecord()
        let snapshots = try snapshots(of: record, in: store)
        let parents = try parents(of: record, snapshots)
        if record.isRunning {
            return ContainerRoot(
                record, snapshots,
                try ContainerDirectory.snapshot(
                    in: container.runningDirectory, driver: record.driver, store: store), parents: parents,
                held: nil)
        }
        let open = try snapshots.open(SnapshotKey(record.id))
        let directory = open.directory
        return ContainerRoot(record, snapshots, directory, parents: parents, held: open)
    }

    private init(
        _ record: ContainerRecord, _ snapshots: SnapshotStore, _ snapshot: SnapshotDirectory,
        parents: [SnapshotDirectory], held: consuming OpenSnapshot?
    ) {
        self.record = record
        store = snapshots.store
        self.snapshots = snapshots
        self.snapshot = snapshot
        self.parents = parents
        self.held = held
    }

    private static func snapshots(
        of record: ContainerRecord, in store: Store
    ) throws(StorageError) -> SnapshotStore {
        guard let driver = store.driver(named: record.driver) else {
            throw store.drivers.unknown(record.driver)
        }
        return SnapshotStore(store, driver: driver)
    }

    static func parents(
        of record: ContainerRecord, _ snapshots: SnapshotStore
    ) throws(SnapshotError) -> [SnapshotDirectory] {
        guard let layer = record.layer else {
            return record.directory.map { [SnapshotDirectory(plain: FilePath($0))] } ?? []
        }
        // Otherwise the nearest layer is the whole tree.
        let below = snapshots.driver.layers.isUnion ? try snapshots.ancestors(of: layer) : []
        return ([layer] + below).map { snapshots.directory(of: $0) }
    }

    /// The container's own directory, if it is running.
    var directory: FilePath { Container(id: record.id, store: store).runningDirectory }

    /// True if its command runs.
    public var isRunning: Bool { record.isRunning }

    private var access: RootAccess { record.readOnly ? .readOnly : .readWrite }

    /// What the container has changed of what its root is made of.
    ///
    /// - Throws: ``DiffError`` or ``SystemCallError``.
    public borrowing func changes() throws -> [Change] { try withChanges { changes, _, _ in changes } }

    /// The same with what was made only to be mounted on.
    borrowing func allChanges() throws -> [Change] {
        try withAllChanges { changes, _, _, _ in changes }
    }

    /// Calls `body` with the changes, the tree in which what was added and modified is, and the form of deletions in
    /// that tree.
    borrowing func withChanges<Value: Sendable>(
        _ body: @escaping @Sendable ([Change], FilePath, DeletionFormat) throws -> Value
    ) throws -> Value {
        let hasFiles = record.spec != nil
        return try withAllChanges { changes, tree, format, before in
            let own = hasFiles ? NetworkFiles.removed(from: changes, in: tree, before: before) : changes
            return try body(own, tree, format)
        }
    }

    /// The same with what was made only to be mounted on; the trees before are the last parameter of `body`.
    private borrowing func withAllChanges<Value: Sendable>(
        _ body: @escaping @Sendable ([Change], FilePath, DeletionFormat, [FilePath]) throws -> Value
    ) throws -> Value {
        if access == .readOnly { return try body([], snapshot.layer, .none, []) }
        guard snapshots.driver.capabilities.keepsWrites else {
            throw StorageError.keepsNothing(driver: snapshots.driver.name)
        }
        do {
            return try snapshots.withChanges(of: snapshot, on: parents) {
                [snapshot, before = parents.map(\.layer), format = snapshots.driver.layers.deletions] in
                try body($0, snapshot.layer, format, before)
            }
        } catch DiffError.notSelfContained {
            return try withMountedTrees { old, new in
                try body(Changes.between(old, and: new), new, .none, [old])
            }
        }
    }

    /// Calls `body` with the whole tree, as the container sees it but for what is mounted in it.
    ///
    /// It may run on a thread of its own in a mount namespace of its own.
    borrowing func withTree<Value: Sendable>(
        _ body: @escaping @Sendable (FilePath) throws -> Value
    ) throws -> Value {
        // What is mounted in one whose users are others looks as if it belonged to those.
        if let process = record.process, record.spec?.users == nil {
            let namespace = try Descriptor(FilePath("/proc/\(process)/ns/mnt"), O_RDONLY)
            // Stays open, and with it the mount, when its namespace is gone.
            let number = try PrivateMountNamespace.run(copying: namespace) {
                // Once more, without what is mounted in it: init always makes /proc.
                try Mounting.bind("/", to: "/proc")
                return try Descriptor("/proc", O_RDONLY | O_DIRECTORY).take()
            }
            let tree = Descriptor(owning: number)
            return try body(FilePath("/proc/self/fd/\(tree.rawValue)"))
        }
        return try withMountPoints { parts, target, _ in
            try parts.mounts(at: target).execute()
            return try body(target)
        }
    }

    /// Calls `body` with the root directory, in which everything is mounted that is in the container.
    borrowing func withRoot<Value: Sendable>(
        _ body: @escaping @Sendable (borrowing Descriptor) throws -> Value
    ) throws -> Value {
        if let process = record.process {
            return try body(Descriptor(FilePath("/proc/\(process)/root"), O_RDONLY | O_DIRECTORY))
        }
        let volumes = ContainerVolumes(record.spec?.mounts ?? [], in: Volumes(store))
        let mounts = volumes.holdPresent()
        defer { volumes.release() }
        return try withTree { tree in
            let root = try Descriptor(tree, O_RDONLY | O_DIRECTORY)
            if !mounts.isEmpty {
                let logger = Logger(label: "mydocker") { _ in SwiftLogNoOpLogHandler() }
                try TakenMounts.attach(mounts, below: root.rawValue, logger: logger)
            }
            return try body(root)
        }
    }

    /// Calls `body` with the tree that the container started from, and the one that it has now.
    private borrowing func withMountedTrees<Value: Sendable>(
        _ body: @escaping @Sendable (FilePath, FilePath) throws -> Value
    ) throws -> Value {
        try withMountPoints { parts, old, new in
            try parts.mountsBelow(at: old).execute()
            try parts.mounts(at: new).execute()
            return try body(old, new)
        }
    }

    private struct Parts: Sendable {
        let snapshots: SnapshotStore
        let snapshot: SnapshotDirectory
        let parents: [SnapshotDirectory]
        let access: RootAccess
        /// False where nothing can be written into the snapshot.
        let isWritable: Bool

        func mounts(at target: FilePath) throws -> MountPlan {
            if access == .readWrite && !isWritable {
                // Its write layer is one more that is only read.
                return try view(of: [snapshot] + parents, at: target)
            }
            if access == .readWrite {
                return try snapshots.mountsAgain(of: snapshot, on: parents, at: target)
            }
            return try snapshots.mounts(of: snapshot, on: parents, at: target, access: access)
        }

        /// What the container started from.
        func mountsBelow(at target: FilePath) throws -> MountPlan { try view(of: parents, at: target) }

        private func view(of layers: [SnapshotDirectory], at target: FilePath) throws -> MountPlan {
            let view = SnapshotDirectory(target.parent.appending("view-of-\(layers.count)"))
            try snapshots.create(view, on: layers, for: .mounting(.readOnly, at: target))
            return try snapshots.mounts(of: view, on: layers, at: target, access: .readOnly)
        }
    }

    /// Calls `body` with two directories to mount on, in a mount namespace of its own.
    private borrowing func withMountPoints<Value: Sendable>(
        _ body: @escaping @Sendable (Parts, FilePath, FilePath) throws -> Value
    ) throws -> Value {
        let place = try LiveDirectory.makeUnique(in: store.temporary, store: store)
        let path = place.path
        defer { try? store.remove(path, of: snapshots.driver) }
        let (first, second) = (path.appending("a"), path.appending("b"))
        for target in [first, second] { try Files.makeDirectory(target) }
        let parts = Parts(
            snapshots: snapshots, snapshot: snapshot, parents: parents, access: access,
            isWritable: !store.isReadOnly && record.process == nil)
        return try PrivateMountNamespace.run { try body(parts, first, second) }
    }
}
