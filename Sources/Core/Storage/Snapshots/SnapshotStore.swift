internal import CLinux
internal import Glibc
internal import Synchronization
internal import SystemPackage

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
public final class SnapshotStore: Sendable {
    /// Where everything is.
    public let store: Store
    /// The driver whose snapshots these are.
    public let driver: any StorageDriver
    /// Held by the thread that uses `connection`.
    private let turn = Mutex(())
    nonisolated(unsafe) private var connection: Database?

    /// The snapshots of `driver` in `store`, which need not exist yet; nothing is opened before it is needed.
    public init(_ store: Store, driver: any StorageDriver) {
        self.store = store
        self.driver = driver
    }

    // MARK: Looking

    /// What is known of a snapshot.
    ///
    /// - Throws: ``SnapshotError``.
    public func stat(_ key: SnapshotKey) throws(SnapshotError) -> Snapshot {
        try read { table throws(SnapshotError) in try table.row(key).snapshot }
    }

    /// Whether there is a snapshot of this key, or is about to be.
    func contains(_ key: SnapshotKey) throws(SnapshotError) -> Bool {
        try read { table throws(SnapshotError) in try table.contains(key) }
    }

    /// Calls `body` with every snapshot for which all `filters` hold, parents before their children.
    ///
    /// They are those of one moment; `body` may look at, make and remove snapshots. It ends the walk by throwing.
    ///
    /// - Throws: ``SnapshotError``, and what `body` throws.
    public func walk(_ filters: [SnapshotFilter] = [], _ body: (Snapshot) throws -> Void) throws {
        let rows = try read { table throws(SnapshotError) in try table.rows() }
        for row in rows where filters.allSatisfy({ $0.matches(row.snapshot) }) { try body(row.snapshot) }
    }

    /// The space that a snapshot takes without its parents: measured now, or for a committed one when it was
    /// committed.
    ///
    /// - Throws: ``SnapshotError``.
    public func usage(_ key: SnapshotKey) throws(SnapshotError) -> SnapshotUsage {
        let row = try read { table throws(SnapshotError) in try table.row(key) }
        if let usage = row.usage { return usage }
        return try measure(directory(of: key))
    }

    /// The committed snapshots below one, the nearest first.
    ///
    /// - Throws: ``SnapshotError``.
    public func ancestors(of key: SnapshotKey) throws(SnapshotError) -> [SnapshotKey] {
        try read { table throws(SnapshotError) in
            _ = try table.row(key)
            return try table.ancestors(of: key)
        }
    }

    /// Where a snapshot of this key is, or would be.
    public func directory(of key: SnapshotKey) -> SnapshotDirectory {
        SnapshotDirectory(store.snapshots(of: driver.name).appending(key.component.components))
    }

    // MARK: Changing labels

    /// Changes what users wrote on a snapshot, of any kind.
    ///
    /// Nothing else of it can be changed.
    ///
    /// - Throws: ``SnapshotError``.
    @discardableResult
    public func update(_ key: SnapshotKey, _ update: SnapshotUpdate) throws(SnapshotError) -> Snapshot {
        try write { table throws(SnapshotError) in
            var labels = try table.row(key).snapshot.labels
            switch update {
            case .labels(let new): labels = new
            case .label(let name, let value): labels[name] = value
            }
            try Self.check(labels)
            try table.update(key, labels: labels)
            return try table.row(key).snapshot
        }
    }

    static func check(_ labels: [String: String]) throws(SnapshotError) {
        for (name, value) in labels where name.isEmpty || name.utf8.count + value.utf8.count > 4096 {
            throw .invalidLabel(name)
        }
    }

    // MARK: The database

    /// Runs `body`, which only reads.
    func read<Value>(
        _ body: (SnapshotTable) throws(SnapshotError) -> Value
    ) throws(SnapshotError) -> Value {
        try withDatabase { database throws(SnapshotError) in
            try body(SnapshotTable(database: database, driver: self.driver.name))
        }
    }

    /// Runs `body` as one durable transaction; if it fails, `undo` as another.
    func write<Value>(
        _ body: (SnapshotTable) throws(SnapshotError) -> Value,
        undo: ((SnapshotTable) throws(SnapshotError) -> Void)? = nil
    ) throws(SnapshotError) -> Value {
        try asSnapshotError { () throws(SystemCallError) in try self.store.checkWritable() }
        return try withDatabase { database throws(SnapshotError) in
            let table = SnapshotTable(database: database, driver: self.driver.name)
            let value = try database.transaction { _ throws(SnapshotError) in
                try body(table)
            } undo: { _ throws(SnapshotError) in
                try undo?(table)
            }
            database.keepSpareRoom()
            return value
        }
    }

    private func withDatabase<Value>(
        _ body: (Database) throws(SnapshotError) -> Value
    ) throws(SnapshotError) -> Value {
        try turn.withLock { _ throws(SnapshotError) in
            if let connection { return try body(connection) }
            let database = try Self.database(of: store)
            connection = database
            return try body(database)
        }
    }

    /// Makes the metadata and the directory of this driver's snapshots where they are missing, while there is room.
    func makeReady() throws(SnapshotError) {
        try read { _ in }
        try asSnapshotError { () throws(SystemCallError) in
            try Files.makeDirectories(self.store.snapshots(of: self.driver.name), mode: 0o700)
        }
    }

    /// A connection to the metadata of all drivers, made if there are none yet.
    static func database(of store: Store) throws(SnapshotError) -> Database {
        try asSnapshotError { () throws(SystemCallError) in
            if store.isReadOnly { return }
            try store.create()
            try Files.makeDirectories(store.metadata.parent, mode: 0o700)
        }
        return try Database(store.metadata, schema: SnapshotTable.schema, version: SnapshotTable.version) {
            // No directory is published before it is in the database: with any there, this is a loss, and to begin
            // anew would give up all of them.
            drivers(in: store).allSatisfy { (try? Files.list(store.snapshots(of: $0)))?.isEmpty == true }
        }
    }

    /// Adds up a snapshot's content.
    func measure(_ directory: SnapshotDirectory) throws(SnapshotError) -> SnapshotUsage {
        do throws(TreeError) { return try TreeUsage.measure(directory.layer) } catch {
            throw .failed(SystemCallError("measure", directory.layer, errno: error.errno))
        }
    }
}
