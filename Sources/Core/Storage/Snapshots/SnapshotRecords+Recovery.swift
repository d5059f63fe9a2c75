internal import DriverKit
internal import Glibc
internal import Host
internal import SystemPackage

extension SnapshotRecords {
    /// Brings the snapshots of all drivers back to a state that somebody wanted, after a process has died.
    ///
    /// What was about to be committed is active again, and directories that belong to no snapshot are thrown
    /// away. Those of living processes are left alone.
    ///
    /// - Returns: what was done, one line each.
    /// - Throws: ``SnapshotError``.
    @discardableResult
    public static func recover(in store: Store) throws(SnapshotError) -> [String] {
        guard Files.exists(store.metadata) else { return [] }
        let database = try database(of: store)
        var done: [String] = []
        for driver in drivers(in: store) {
            let all = store.snapshots(of: driver)
            // One that makes, commits or removes a snapshot waits for this, and so nothing is half way.
            done += try database.transaction { database throws(SnapshotError) in
                try SnapshotTable(database: database, driver: driver).recover(in: all, of: store)
            }
        }
        return done
    }
}

extension SnapshotRecords {
    /// The names of the drivers that have snapshots in a store.
    package static func drivers(in store: Store) -> [String] {
        let names = (try? Files.list(store.storage)) ?? []
        return names.filter { Files.isDirectory(store.snapshots(of: $0)) }.sorted()
    }
}

extension SnapshotTable {
    fileprivate func recover(in all: FilePath, of store: Store) throws(SnapshotError) -> [String] {
        var done: [String] = []
        let rows = try rows()
        var known = Set(rows.map(\.snapshot.key.description))
        for row in rows {
            guard let name = row.committing else { continue }
            let key = row.snapshot.key
            let old = SnapshotDirectory(all.appending(key.component.components))
            let new = SnapshotDirectory(all.appending(name.component.components))
            let isMoved = !Files.exists(old.path) && Files.exists(new.path)
            guard (try? SnapshotLock.take(isMoved ? new : old, key, .exclusive)) != nil else {
                // Somebody is at it.
                known.insert(name.description)
                continue
            }
            try asSnapshotError { () throws(SystemCallError) in
                if isMoved { try Files.rename(new.path, to: old.path) }
            }
            try setCommitting(nil, of: key)
            done.append("the snapshot \(key) of \(driver), which was being committed, is active again")
        }
        let names = try asSnapshotError { () throws(SystemCallError) in try Files.list(all) }
        // What a kept container wrote is never rubbish, whatever has become of its row.
        for name in names
        where !known.contains(name) && !Files.exists(store.kept.appending(FilePath(name).components)) {
            try asSnapshotError { () throws(SystemCallError) in
                try Trash(store).put(all.appending(FilePath(name).components))
            }
            done.append("removed the directory \(name) of \(driver), which belongs to no snapshot")
        }
        return done
    }
}
