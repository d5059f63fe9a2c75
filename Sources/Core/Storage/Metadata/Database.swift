internal import CSQLite
internal import Glibc
package import SystemPackage

/// A connection to an SQLite database; for one thread at a time.
///
/// Everything is durable when ``transaction(_:)`` returns (a rollback journal with synchronous=FULL). The journal
/// stays, and the file has free pages, so that small transactions need no room on the disk (``keepSpareRoom()``).
package final class Database {
    private let path: FilePath
    /// What a transaction that was cut short is undone with.
    var journal: FilePath { FilePath(path.string + "-journal") }
    private let handle: OpaquePointer
    private var statements: [String: OpaquePointer] = [:]

    /// How long to wait for another process's transaction, in milliseconds.
    ///
    /// Transactions do nothing slow, so waiting this long means that something is wrong.
    private static let patience: Int32 = 30_000

    /// Opens the database at `path`, made with `schema` if there is none yet.
    ///
    /// - Parameters:
    ///   - version: what `schema` is called in the database; another one is refused.
    ///   - mayBeNew: asked when the database is empty, while nobody else can make it: false if there must have been
    ///     one before, which then is lost.
    /// - Throws: ``SnapshotError/unusableMetadata(path:reason:)``, ``SnapshotError/damagedMetadata(path:reason:)``.
    package init(
        _ path: FilePath, schema: String, version: Int64, mayBeNew: () -> Bool = { true }
    ) throws(SnapshotError) {
        self.path = path
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
        let code = path.withPlatformString { sqlite3_open_v2($0, &opened, flags, nil) }
        guard let opened, code == SQLITE_OK else {
            sqlite3_close_v2(opened)
            throw .unusableMetadata(path: path, reason: Self.text(of: code))
        }
        handle = opened
        sqlite3_extended_result_codes(handle, 1)
        sqlite3_busy_timeout(handle, Self.patience)
        // A file that somebody may have damaged, or written on purpose, must not make functions run.
        sqlite3_db_config_enable(handle, SQLITE_DBCONFIG_DEFENSIVE)
        // Of a database that an earlier mydocker has made with a write-ahead log, no file in shared memory is made:
        // where the disk is full, that is a file with holes, and to write into one is SIGBUS.
        try run("PRAGMA locking_mode = EXCLUSIVE")
        try run("PRAGMA journal_mode = PERSIST")
        try run("PRAGMA locking_mode = NORMAL")
        try run("PRAGMA synchronous = FULL")
        // Freed pages are overwritten, and so are in the journal, which is made that large by it.
        try run("PRAGMA secure_delete = ON")
        try run("PRAGMA foreign_keys = ON")
        try make(schema, version: version, mayBeNew)
    }

    deinit {
        for statement in statements.values { sqlite3_finalize(statement) }
        sqlite3_close_v2(handle)
    }

    private func make(
        _ schema: String, version: Int64, _ mayBeNew: () -> Bool
    ) throws(SnapshotError) {
        if try storedVersion() == version { return }
        try transaction { database throws(SnapshotError) in
            let stored = try database.storedVersion()
            if stored == version { return }
            guard stored == 0 else {
                throw .unusableMetadata(
                    path: database.path,
                    reason: "it is of version \(stored), and this program knows \(version)")
            }
            guard mayBeNew() else {
                throw .damagedMetadata(path: database.path, reason: "what was known of the snapshots is gone")
            }
            try database.run(schema)
            try database.run("PRAGMA user_version = \(version)")
        }
        keepSpareRoom()
    }

    private func storedVersion() throws(SnapshotError) -> Int64 {
        try query("PRAGMA user_version") { $0.integer(0) }.first.flatMap { $0 } ?? 0
    }

    /// Runs `body` as one transaction that excludes every other writer.
    ///
    /// - Parameter undo: takes back what `body` did outside of the database, in a transaction of its own.
    /// - Throws: what `body` throws, and nothing of it has happened then.
    package func transaction<Value>(
        _ body: (Database) throws(SnapshotError) -> Value,
        undo: ((Database) throws(SnapshotError) -> Void)? = nil
    ) throws(SnapshotError) -> Value {
        try run("BEGIN IMMEDIATE")
        do throws(SnapshotError) {
            let value = try body(self)
            try run("COMMIT")
            return value
        } catch {
            // Fails only if SQLite has rolled back by itself.
            try? run("ROLLBACK")
            if let undo { try? transaction(undo) }
            throw error
        }
    }

    /// Runs statements that give no rows and take no values.
    func run(_ sql: String) throws(SnapshotError) {
        try check(sqlite3_exec(handle, sql, nil, nil, nil))
    }

    /// Runs one statement.
    ///
    /// - Returns: what `read` makes of each row.
    @discardableResult
    func query<Value>(
        _ sql: String, _ values: [DatabaseValue] = [], read: (DatabaseRow) -> Value
    ) throws(SnapshotError) -> [Value] {
        let statement = try prepared(sql)
        defer {
            sqlite3_reset(statement)
            sqlite3_clear_bindings(statement)
        }
        for (index, value) in values.enumerated() {
            try check(value.bind(to: statement, at: Int32(index + 1)))
        }
        var result: [Value] = []
        while true {
            let code = sqlite3_step(statement)
            if code == SQLITE_DONE { return result }
            guard code == SQLITE_ROW else {
                try check(code)
                return result
            }
            result.append(read(DatabaseRow(statement)))
        }
    }

    /// Runs one statement that changes rows.
    ///
    /// - Returns: how many it changed.
    @discardableResult
    func change(_ sql: String, _ values: [DatabaseValue]) throws(SnapshotError) -> Int {
        try query(sql, values) { _ in }
        return Int(sqlite3_changes(handle))
    }

    /// The identifier of the row that was inserted last.
    var insertedRow: Int64 { sqlite3_last_insert_rowid(handle) }

    /// What SQLite's own check finds wrong; empty if nothing is.
    package func damage() throws(SnapshotError) -> [String] {
        let findings = try query("PRAGMA integrity_check(20)") { $0.text(0) ?? "" }
        let orphans = try query("PRAGMA foreign_key_check") {
            "a row of \($0.text(0) ?? "") lacks its parent"
        }
        return findings.filter { $0 != "ok" } + orphans
    }

    private func prepared(_ sql: String) throws(SnapshotError) -> OpaquePointer {
        if let statement = statements[sql] { return statement }
        var statement: OpaquePointer?
        try check(sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil))
        guard let statement else { throw .unusableMetadata(path: path, reason: "empty statement") }
        statements[sql] = statement
        return statement
    }

    private func check(_ code: Int32) throws(SnapshotError) {
        if code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW { return }
        if code & 0xff == SQLITE_FULL || [ENOSPC, EDQUOT].contains(sqlite3_system_errno(handle)) {
            throw .noRoom(path: path)
        }
        let reason = String(cString: sqlite3_errmsg(handle))
        // The lower byte of an extended code is the code. All statements are this program's own: one that makes no
        // sense (SQLITE_ERROR) is one for tables that are not there.
        throw [SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_ERROR].contains(code & 0xff)
            ? .damagedMetadata(path: path, reason: reason) : .unusableMetadata(path: path, reason: reason)
    }

    private static func text(of code: Int32) -> String { String(cString: sqlite3_errstr(code)) }
}
