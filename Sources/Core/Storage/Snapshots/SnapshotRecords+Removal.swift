internal import DriverKit
internal import Host
internal import SystemPackage

extension SnapshotRecords {
    /// Removes a snapshot: at once from sight, its files then or later.
    ///
    /// Where there is no room to write that down, its files go first.
    ///
    /// - Throws: ``SnapshotError``.
    public func remove(_ key: SnapshotKey) throws(SnapshotError) {
        let target = directory(of: key)
        _ = try stat(key)
        // One whose directory is lost is nobody's.
        let lock = try Files.exists(target.path) ? SnapshotLock.take(target, key, .exclusive) : nil
        let isThere = lock != nil
        try asSnapshotError { () throws(SystemCallError) in
            // A process that dies from here on leaves this directory: that is how the next command finds out.
            let place = try Trash(self.store).place()
            let result = self.remove(key, isThere ? target.path : nil, through: place)
            place.empty()
            return result
        }.get()
    }

    private func remove(
        _ key: SnapshotKey, _ path: FilePath?, through place: borrowing Trash.Place
    ) -> Result<Void, SnapshotError> {
        var result = forget(key)
        if case .failure(.noRoom) = result, let path {
            // Out of its place before anything of it is gone: half a layer must not be taken for a whole one.
            let hidden = place.content
            let moved = perform(on: key) { _ throws(SnapshotError) in
                try asSnapshotError { () throws(SystemCallError) in try Files.rename(path, to: hidden) }
            }
            guard case .success = moved else { return moved }
            try? place.makeRoom()
            return forget(key)
        }
        if case .success = result, let path {
            do throws(SystemCallError) { try place.put(path) } catch { result = .failure(.failed(error)) }
        }
        return result
    }

    private func forget(_ key: SnapshotKey) -> Result<Void, SnapshotError> {
        perform(on: key) { table throws(SnapshotError) in try table.delete(key) }
    }

    /// Runs `body` on a snapshot that may be removed, as one transaction.
    private func perform(
        on key: SnapshotKey, _ body: (SnapshotTable) throws(SnapshotError) -> Void
    ) -> Result<Void, SnapshotError> {
        Result { () throws(SnapshotError) in
            try write { table throws(SnapshotError) in
                try table.checkRemoval(of: key)
                try body(table)
            }
        }
    }
}
