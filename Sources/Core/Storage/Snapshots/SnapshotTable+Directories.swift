internal import DriverKit
internal import Host
internal import SystemPackage

extension SnapshotTable {
    /// Moves a snapshot's directory to where it belongs; in the transaction that makes `key` its own.
    func move(_ path: FilePath, to key: SnapshotKey, in store: Store) throws(SnapshotError) {
        let all = store.snapshots(of: driver)
        let target = all.appending(key.component.components)
        try asSnapshotError { () throws(SystemCallError) in
            try Files.makeDirectories(all, mode: 0o700)
            // The key was free, so what is there is nobody's.
            if Files.exists(target) { try Trash(store).put(target) }
            try Files.rename(path, to: target)
            try SnapshotDirectory.syncEntries(of: all)
        }
    }

    /// Undoes ``move(_:to:in:)`` after its transaction has failed.
    ///
    /// In a transaction too: in between somebody may have found the directory without a row, and thrown it away.
    func moveBack(_ key: SnapshotKey, to path: FilePath, in store: Store) throws(SnapshotError) {
        let target = store.snapshots(of: driver).appending(key.component.components)
        if Files.exists(path) || !Files.exists(target) { return }
        // Another process may have published a snapshot of this key since.
        if try rows().contains(where: { $0.snapshot.key == key }) { return }
        try asSnapshotError { () throws(SystemCallError) in try Files.rename(target, to: path) }
    }
}
