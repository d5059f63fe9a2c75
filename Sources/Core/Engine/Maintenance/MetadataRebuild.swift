internal import CLinux
internal import DriverKit
internal import Glibc
internal import Host
internal import Images
internal import Storage
internal import SystemPackage

/// Makes the snapshots' metadata anew out of what there is.
///
/// Layers are called by what they are, images say which lies on which, and kept containers' records say what they lie
/// on. Labels are lost.
struct MetadataRebuild {
    /// On a layer of which nobody knows what lies below it: its image was gone before the metadata were.
    static let orphanLabel = "mydocker.orphan"

    let store: Store
    let images: [Image]

    /// Puts new metadata in the place of what there is.
    ///
    /// - Returns: what was done, for the user.
    /// - Throws: ``BusyStore`` if somebody may be changing the old ones, and nothing has changed then.
    func run() throws -> String {
        // Whoever changes metadata has a directory of its own in one of these places, and as long as this is held
        // nobody makes one.
        let guardian = try Descriptor(store.lock, O_RDWR | O_CREAT, mode: 0o600)
        let number = guardian.rawValue
        try systemCall("flock", store.lock.string) { flock(number, LOCK_EX) }
        for place in [store.temporary, store.containers] {
            for name in try Files.list(place)
            where LiveDirectory.isOwned(place.appending(FilePath(name).components)) {
                throw BusyStore()
            }
        }
        let new = FilePath(store.metadata.string + ".new")
        for suffix in ["", "-journal"] where Files.exists(FilePath(new.string + suffix)) {
            try Files.remove(FilePath(new.string + suffix))
        }
        let (known, unknown) = try write(to: new)
        try SnapshotDirectory.sync(store.storage)
        // Nobody can say what these are, so nobody may throw them away, as is done with what is not in the metadata.
        for path in unknown {
            let aside = path.parent.parent.appending("unknown")
            try Files.makeDirectories(aside, mode: 0o700)
            var target = aside.appending(path.lastComponent.map { [$0] } ?? [])
            // What an earlier repair has put there stays.
            if Files.exists(target) { target = FilePath(target.string + "-" + LiveDirectory.randomName()) }
            try Files.rename(path, to: target)
        }
        // What undoes changes of the old one would damage the new one; a log is what an earlier mydocker has left.
        for suffix in ["-journal", "-wal", "-shm", ""] {
            let file = FilePath(store.metadata.string + suffix)
            if Files.exists(file) { try Files.rename(file, to: FilePath(file.string + ".damaged")) }
        }
        try Files.rename(new, to: store.metadata)
        try Files.remove(FilePath(new.string + "-journal"))
        try SnapshotDirectory.syncEntries(of: store.storage)
        _ = consume guardian
        let rest =
            unknown.isEmpty
            ? "" : "; \(unknown.count) that nothing refers to are in \(store.storage)/DRIVER/unknown"
        return "made again, with \(known) snapshots\(rest); the old file is \(store.metadata).damaged"
    }

    /// - Returns: how many snapshots are known, and the directories that are not.
    private func write(to path: FilePath) throws(SnapshotError) -> (known: Int, unknown: [FilePath]) {
        // Closed at the end of this: then all is in the one file.
        let database = try Database(path, schema: SnapshotTable.schema, version: SnapshotTable.version)
        return try database.transaction { database throws(SnapshotError) in
            var (known, unknown) = (0, [FilePath]())
            for driver in SnapshotRecords.drivers(in: self.store) {
                let table = SnapshotTable(database: database, driver: driver)
                let found = try asSnapshotError { () throws(SystemCallError) in
                    Set(try Files.list(self.store.snapshots(of: driver)))
                }
                try self.adopt(found, into: table)
                let rows = Set(try table.rows().map(\.snapshot.key.description))
                known += rows.count
                unknown += found.subtracting(rows).sorted().map {
                    self.store.snapshots(of: driver).appending(FilePath($0).components)
                }
            }
            return (known, unknown)
        }
    }

    /// Writes down what can be known of the directories `names`.
    private func adopt(_ names: Set<String>, into table: SnapshotTable) throws(SnapshotError) {
        let driver = store.driver(named: table.driver)
        let hasLayers = driver?.layers.hasLayers == true
        let known = driver.map { SnapshotStore(self.store, driver: $0) }
        let snapshots = SnapshotRecords(store, driverName: table.driver)
        func commit(
            _ key: SnapshotKey, on parent: SnapshotKey?, labels: [String: String] = [:]
        ) throws(SnapshotError) {
            if try table.contains(key) { return }
            let directory = snapshots.directory(of: key)
            let isThere = known?.isWhole(directory) ?? Files.isDirectory(directory.layer)
            // Without those below it, which are not all known yet, its files have to tell.
            let usage = isThere ? try SnapshotRecords.measure(directory) : SnapshotUsage()
            _ = try table.insert(key, .committed, parent: parent, labels: labels, usage: usage)
        }
        let records = ((try? Containers(store).all()) ?? []).filter {
            $0.driver == table.driver && names.contains($0.id)
        }
        let needed = Set(records.compactMap(\.layer))
        for image in images {
            let keys = image.layers.map { SnapshotKey(chainID: $0.chainID) }
            let top = keys.lastIndex { names.contains($0.description) || needed.contains($0) }
            guard let top else { continue }
            // Where layers lie on one another all below it too: one whose directory is lost is unpacked again.
            for (position, key) in keys[...top].enumerated()
            where hasLayers || names.contains(key.description) || needed.contains(key) {
                try commit(key, on: hasLayers && position > 0 ? keys[position - 1] : nil)
            }
        }
        // A container's layer may belong to no image any more. Which lie below it cannot be known, so all stay.
        var hasOrphans = false
        for layer in needed.sorted() where names.contains(layer.description) {
            if try table.contains(layer) { continue }
            try commit(layer, on: nil, labels: hasLayers ? [Self.orphanLabel: ""] : [:])
            hasOrphans = hasLayers
        }
        if hasOrphans {
            for name in names.sorted() {
                if let key = try? SnapshotKey(name), key.isChainID { try commit(key, on: nil) }
            }
        }
        for record in records {
            var parent = record.layer
            if let layer = parent, try !table.contains(layer) { parent = nil }
            _ = try table.insert(
                SnapshotKey(trusted: record.id), .active, parent: parent,
                labels: [SnapshotRecords.containerLabel: record.id])
        }
    }
}

/// Somebody is using what would have to be replaced.
struct BusyStore: Explained {
    var explanation: Explanation {
        Explanation(
            "other commands or containers may be using it", remedy: "repair again when they have ended")
    }
}
