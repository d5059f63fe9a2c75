internal import CLinux
package import DriverKit
internal import Glibc
internal import Host

/// The snapshots of one driver in the database: each function one statement or a few, in a transaction that the
/// caller has begun.
///
/// The rules (one key space; a parent is committed, of the same driver, and outlives its children; only what is
/// committed has its usage written down) are constraints of the schema: code that forgets one gets an error.
package struct SnapshotTable {
    let database: Database
    package let driver: String

    package init(database: Database, driver: String) {
        self.database = database
        self.driver = driver
    }

    package static let version: Int64 = 1

    package static let schema = """
        CREATE TABLE snapshots (
            id INTEGER PRIMARY KEY,
            driver TEXT NOT NULL,
            key TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('active', 'view', 'committed')),
            parent INTEGER REFERENCES snapshots ON DELETE RESTRICT,
            created INTEGER NOT NULL,
            updated INTEGER NOT NULL,
            bytes INTEGER CHECK (bytes >= 0),
            inodes INTEGER CHECK (inodes >= 0),
            committing TEXT,
            UNIQUE (driver, key),
            UNIQUE (driver, committing),
            CHECK ((kind = 'committed') = (bytes IS NOT NULL AND inodes IS NOT NULL)),
            CHECK (committing IS NULL OR kind = 'active')
        ) STRICT;
        CREATE INDEX snapshots_by_parent ON snapshots (parent);
        CREATE TABLE labels (
            snapshot INTEGER NOT NULL REFERENCES snapshots ON DELETE CASCADE,
            name TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (snapshot, name)
        ) STRICT, WITHOUT ROWID;
        CREATE TRIGGER parents_are_committed BEFORE INSERT ON snapshots
            WHEN NEW.parent IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM snapshots
                WHERE id = NEW.parent AND kind = 'committed' AND driver = NEW.driver)
            BEGIN SELECT RAISE(ABORT, 'a parent has to be a committed snapshot of the same driver'); END;
        CREATE TRIGGER committed_is_immutable BEFORE UPDATE OF key, kind, parent, driver, bytes, inodes ON snapshots
            WHEN OLD.kind = 'committed'
            BEGIN SELECT RAISE(ABORT, 'a committed snapshot does not change'); END;
        """

    /// A snapshot with what only this table knows of it.
    package struct Row {
        let id: Int64
        package let snapshot: Snapshot
        /// Of a committed one.
        let usage: SnapshotUsage?
        /// The name that it is about to be committed as.
        let committing: SnapshotKey?
    }

    func row(_ key: SnapshotKey) throws(SnapshotError) -> Row {
        guard let row = try rows(where: "s.key = ?2", [.text(key.description)]).first else {
            throw .notFound(key)
        }
        return row
    }

    /// All, in the order of their making: parents before their children.
    package func rows() throws(SnapshotError) -> [Row] { try rows(where: "TRUE", []) }

    private func rows(where condition: String, _ values: [DatabaseValue]) throws(SnapshotError) -> [Row] {
        var labels: [Int64: [String: String]] = [:]
        let sql =
            "FROM snapshots s LEFT JOIN snapshots p ON p.id = s.parent WHERE s.driver = ?1 AND \(condition)"
        let pairs = try database.query(
            "SELECT snapshot, name, value FROM labels WHERE snapshot IN (SELECT s.id \(sql))",
            [.text(driver)] + values
        ) { ($0.integer(0) ?? 0, $0.text(1) ?? "", $0.text(2) ?? "") }
        for (id, name, value) in pairs { labels[id, default: [:]][name] = value }
        return try database.query(
            """
            SELECT s.id, s.key, s.kind, p.key, s.created, s.updated, s.bytes, s.inodes, s.committing \(sql)
            ORDER BY s.id
            """, [.text(driver)] + values
        ) { row in
            let id = row.integer(0) ?? 0
            let bytes = row.integer(6)
            return Row(
                id: id,
                snapshot: Snapshot(
                    key: SnapshotKey(trusted: row.text(1) ?? ""),
                    kind: row.text(2).flatMap(SnapshotKind.init) ?? .active,
                    parent: row.text(3).map(SnapshotKey.init(trusted:)), labels: labels[id] ?? [:],
                    created: row.integer(4) ?? 0, updated: row.integer(5) ?? 0),
                usage: bytes.map { SnapshotUsage(bytes: $0, inodes: row.integer(7) ?? 0) },
                committing: row.text(8).map(SnapshotKey.init(trusted:)))
        }
    }

    /// The committed snapshots below `key`, the nearest first.
    func ancestors(of key: SnapshotKey) throws(SnapshotError) -> [SnapshotKey] {
        try database.query(
            """
            WITH RECURSIVE chain (id, key, parent, depth) AS (
                SELECT p.id, p.key, p.parent, 1 FROM snapshots s JOIN snapshots p ON p.id = s.parent
                WHERE s.driver = ?1 AND s.key = ?2
                UNION ALL
                SELECT p.id, p.key, p.parent, depth + 1 FROM chain JOIN snapshots p ON p.id = chain.parent
            ) SELECT key FROM chain ORDER BY depth
            """, [.text(driver), .text(key.description)]
        ) { SnapshotKey(trusted: $0.text(0) ?? "") }
    }

    func children(of key: SnapshotKey) throws(SnapshotError) -> [SnapshotKey] {
        try rows(where: "p.key = ?2", [.text(key.description)]).map(\.snapshot.key)
    }

    package func contains(_ key: SnapshotKey) throws(SnapshotError) -> Bool {
        try !database.query(
            "SELECT 1 FROM snapshots WHERE driver = ?1 AND (key = ?2 OR committing = ?2)",
            [.text(driver), .text(key.description)]
        ) { _ in true }.isEmpty
    }

    /// Adds a snapshot.
    ///
    /// - Parameter usage: of a committed one.
    package func insert(
        _ key: SnapshotKey, _ kind: SnapshotKind, parent: SnapshotKey?, labels: [String: String],
        usage: SnapshotUsage? = nil
    ) throws(SnapshotError) -> Snapshot {
        if try contains(key) { throw .exists(key) }
        var parentRow: Row?
        if let parent {
            do throws(SnapshotError) { parentRow = try row(parent) } catch {
                if case .notFound = error { throw .noParent(parent) }
                throw error
            }
        }
        if let found = parentRow?.snapshot, found.kind != .committed {
            throw .parentNotCommitted(found.key, found.kind)
        }
        let now = WallClock.now
        try database.change(
            """
            INSERT INTO snapshots (driver, key, kind, parent, created, updated, bytes, inodes)
            VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7)
            """,
            [
                .text(driver), .text(key.description), .text(kind.rawValue), DatabaseValue(parentRow?.id),
                .integer(now), DatabaseValue(usage?.bytes), DatabaseValue(usage?.inodes),
            ])
        try replaceLabels(of: database.insertedRow, with: labels)
        return Snapshot(key: key, kind: kind, parent: parent, labels: labels, created: now, updated: now)
    }

    /// Writes down that `key` is about to be committed as `name`, which is taken from now on.
    func reserve(_ name: SnapshotKey, for key: SnapshotKey) throws(SnapshotError) {
        let snapshot = try row(key).snapshot
        guard snapshot.kind == .active else { throw .notActive(key, snapshot.kind) }
        if try contains(name) { throw .exists(name) }
        try setCommitting(name, of: key)
    }

    func setCommitting(_ name: SnapshotKey?, of key: SnapshotKey) throws(SnapshotError) {
        try database.change(
            "UPDATE snapshots SET committing = ?3 WHERE driver = ?1 AND key = ?2",
            [.text(driver), .text(key.description), DatabaseValue(name?.description)])
    }

    func commit(_ key: SnapshotKey, as name: SnapshotKey, usage: SnapshotUsage) throws(SnapshotError) {
        try database.change(
            """
            UPDATE snapshots SET key = ?3, kind = 'committed', updated = ?4, bytes = ?5, inodes = ?6,
                committing = NULL
            WHERE driver = ?1 AND key = ?2
            """,
            [
                .text(driver), .text(key.description), .text(name.description), .integer(WallClock.now),
                .integer(usage.bytes), .integer(usage.inodes),
            ])
    }

    func update(_ key: SnapshotKey, labels: [String: String]) throws(SnapshotError) {
        try replaceLabels(of: row(key).id, with: labels)
        try database.change(
            "UPDATE snapshots SET updated = ?3 WHERE driver = ?1 AND key = ?2",
            [.text(driver), .text(key.description), .integer(WallClock.now)])
    }

    /// Throws if a snapshot is being committed, or others lie on it.
    func checkRemoval(of key: SnapshotKey) throws(SnapshotError) {
        if try row(key).committing != nil { throw .inUse(key) }
        let children = try children(of: key)
        guard children.isEmpty else { throw .hasChildren(key, children: children) }
    }

    func delete(_ key: SnapshotKey) throws(SnapshotError) {
        try database.change(
            "DELETE FROM snapshots WHERE driver = ?1 AND key = ?2", [.text(driver), .text(key.description)])
    }

    private func replaceLabels(of id: Int64, with labels: [String: String]) throws(SnapshotError) {
        try database.change("DELETE FROM labels WHERE snapshot = ?1", [.integer(id)])
        for (name, value) in labels {
            try database.change(
                "INSERT INTO labels (snapshot, name, value) VALUES (?1, ?2, ?3)",
                [.integer(id), .text(name), .text(value)])
        }
    }
}
