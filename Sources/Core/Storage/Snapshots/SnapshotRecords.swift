internal import CLinux
public import DriverKit
internal import Glibc
internal import Host
internal import Synchronization
internal import SystemPackage

/// What is known of the snapshots of one driver in one store, and their removal: all that needs only the driver's name.
///
/// ``SnapshotStore`` makes snapshots and opens them. Any number of threads and processes may use a store at once.
public final class SnapshotRecords: Sendable {
    /// Where everything is.
    public let store: Store
    /// The name of the driver whose snapshots these are.
    public let driverName: String
    /// Held by the thread that uses `connection`. (A `Mutex<Database?>` cannot be: what is done with a connection is a
    /// closure of the caller's, which the compiler takes for a place that the connection may escape to.)
    private let turn = Mutex(())
    nonisolated(unsafe) private var connection: Database?

    /// The snapshots of the driver of that name in `store`, which need not exist yet; nothing is opened before it is needed.
    public init(_ store: Store, driverName: String) {
        self.store = store
        self.driverName = driverName
    }

    // MARK: Looking

    /// What is known of a snapshot.
    ///
    /// - Throws: ``SnapshotError``.
    public func stat(_ key: SnapshotKey) throws(SnapshotError) -> Snapshot {
        try read { table throws(SnapshotError) in try table.row(key).snapshot }
    }

    /// Whether there is a snapshot of this key, or is about to be.
    package func contains(_ key: SnapshotKey) throws(SnapshotError) -> Bool {
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

    /// The space that a committed snapshot took when it was committed, without its parents; nil of others.
    package func knownUsage(_ key: SnapshotKey) throws(SnapshotError) -> SnapshotUsage? {
        try read { table throws(SnapshotError) in try table.row(key).usage }
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
        SnapshotDirectory(store.snapshots(of: driverName).appending(key.component.components))
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
            try body(SnapshotTable(database: database, driver: self.driverName))
        }
    }

    /// Runs `body` as one durable transaction; if it fails, `undo` as another.
    func write<Value>(
        _ body: (SnapshotTable) throws(SnapshotError) -> Value,
        undo: ((SnapshotTable) throws(SnapshotError) -> Void)? = nil
    ) throws(SnapshotError) -> Value {
        try asSnapshotError { () throws(SystemCallError) in try self.store.checkWritable() }
        return try withDatabase { database throws(SnapshotError) in
            let table = SnapshotTable(database: database, driver: self.driverName)
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
    package func makeReady() throws(SnapshotError) {
        try read { _ in }
        try asSnapshotError { () throws(SystemCallError) in
            try Files.makeDirectories(self.store.snapshots(of: self.driverName), mode: 0o700)
        }
    }

    /// A connection to the metadata of all drivers, made if there are none yet.
    package static func database(of store: Store) throws(SnapshotError) -> Database {
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
}
