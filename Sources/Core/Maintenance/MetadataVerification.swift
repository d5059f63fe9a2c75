internal import SystemPackage

/// Checks the snapshots' metadata: that it can be read, and that it keeps its own rules.
struct MetadataVerification {
    private let store: Store
    private let images: [Image]
    private let registry: DriverRegistry
    private let repairing: Bool

    init(_ store: Store, _ images: [Image], _ registry: DriverRegistry, _ repairing: Bool) {
        self.store = store
        self.registry = registry
        self.images = images
        self.repairing = repairing
    }

    func run() throws -> [Damage] {
        let problem: String
        if Files.exists(store.metadata) {
            do {
                let findings = try SnapshotStore.database(of: store).damage()
                guard let first = findings.first else { return [] }
                problem = first
            } catch { problem = error.problem }
        } else {
            let hasSnapshots = SnapshotStore.drivers(in: store).contains { driver in
                (try? Files.list(store.snapshots(of: driver)))?.isEmpty == false
            }
            guard hasSnapshots else { return [] }
            problem = "it is missing"
        }
        var damage = Damage(.database, store.metadata.string, problem)
        if repairing { damage.repair = try rebuild() }
        return [damage]
    }

    /// Makes the metadata anew, beside what there is, and puts them in its place.
    ///
    /// - Returns: what was done, for the user.
    private func rebuild() throws -> String {
        let new = FilePath(store.metadata.string + ".new")
        try remove(new)
        var (known, unknown) = (0, [FilePath]())
        do {
            // Closed at the end of this: then all is in the one file.
            let database = try Database(new, schema: SnapshotTable.schema, version: SnapshotTable.version)
            try database.transaction { database throws(SnapshotError) in
                for driver in SnapshotStore.drivers(in: store) {
                    let table = SnapshotTable(database: database, driver: driver)
                    let found = try asSnapshotError { () throws(SystemCallError) in
                        Set(try Files.list(store.snapshots(of: driver)))
                    }
                    let adopted = try adopt(found, into: table)
                    known += adopted.count
                    unknown += found.subtracting(adopted).map {
                        store.snapshots(of: driver).appending(FilePath($0).components)
                    }
                }
            }
        }
        try SnapshotDirectory.sync(store.storage)
        // Nobody can say what these are, so nobody may throw them away, as is done with what is not in the metadata.
        for path in unknown {
            let aside = path.removingLastComponent().removingLastComponent().appending("unknown")
            try Files.makeDirectories(aside, mode: 0o700)
            if let name = path.lastComponent { try Files.rename(path, to: aside.appending(name)) }
        }
        for suffix in ["-wal", "-shm", ""] {
            let file = FilePath(store.metadata.string + suffix)
            if Files.exists(file) { try Files.rename(file, to: FilePath(file.string + ".damaged")) }
        }
        try Files.rename(new, to: store.metadata)
        try SnapshotDirectory.syncEntries(of: store.storage)
        let rest =
            unknown.isEmpty
            ? "" : "; \(unknown.count) that nothing refers to are in \(store.storage)/DRIVER/unknown"
        return "made again, with \(known) snapshots\(rest); the old file is \(store.metadata).damaged"
    }

    /// Writes down what can be known of directories: layers are called by what they are, and kept containers say what
    /// they lie on.
    ///
    /// - Returns: those that are known.
    private func adopt(_ names: Set<String>, into table: SnapshotTable) throws(SnapshotError) -> Set<String> {
        let isUnion = registry.drivers.contains { $0.name == table.driver && $0.deletionFormat != .none }
        let snapshots = SnapshotStore(store, driverNamed: table.driver)
        var adopted: Set<String> = []
        func commit(_ key: SnapshotKey, on parent: SnapshotKey?) throws(SnapshotError) {
            guard adopted.insert(key.description).inserted else { return }
            _ = try table.insert(
                key, .committed, parent: parent, labels: [:],
                usage: snapshots.measure(snapshots.directory(of: key)))
        }
        for image in images {
            var parent: SnapshotKey?
            for layer in image.layers {
                let key = SnapshotKey(chainID: layer.chainID)
                guard names.contains(key.description) else {
                    // A layer is nothing without those below it; a whole tree is.
                    if isUnion { break }
                    continue
                }
                try commit(key, on: parent)
                if isUnion { parent = key }
            }
        }
        let records = (try? Containers(store).all()) ?? []
        for record in records where record.driver == table.driver && names.contains(record.id) {
            // A layer may belong to no image any more.
            if let layer = record.layer, names.contains(layer.description) { try commit(layer, on: nil) }
            let parent = record.layer.flatMap { adopted.contains($0.description) ? $0 : nil }
            let labels = [SnapshotStore.containerLabel: record.id]
            _ = try table.insert(SnapshotKey(trusted: record.id), .active, parent: parent, labels: labels)
            adopted.insert(record.id)
        }
        return adopted
    }

    private func remove(_ file: FilePath) throws {
        for suffix in ["", "-wal", "-shm"] where Files.exists(FilePath(file.string + suffix)) {
            try Files.remove(FilePath(file.string + suffix))
        }
    }
}
