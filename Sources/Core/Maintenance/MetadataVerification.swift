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

    /// Makes the metadata anew: layers are called by what they are, and kept containers say what they lie on.
    ///
    /// - Returns: what was done, for the user.
    private func rebuild() throws -> String {
        for suffix in ["", "-wal", "-shm"] {
            let file = FilePath(store.metadata.string + suffix)
            if Files.exists(file) { try Files.rename(file, to: FilePath(file.string + ".damaged")) }
        }
        var (known, unknown) = (0, 0)
        for driver in SnapshotStore.drivers(in: store) {
            let snapshots = SnapshotStore(store, driverNamed: driver)
            let names = Set(try Files.list(store.snapshots(of: driver)))
            let isUnion = registry.drivers.contains { $0.name == driver && $0.deletionFormat != .none }
            var adopted: Set<String> = []
            for image in images {
                var parent: SnapshotKey?
                for layer in image.layers {
                    let key = SnapshotKey(chainID: layer.chainID)
                    guard names.contains(key.description) else {
                        // A layer is nothing without those below it; a whole tree is.
                        if isUnion { break }
                        continue
                    }
                    if adopted.insert(key.description).inserted {
                        try snapshots.register(key, .committed, parent: parent)
                    }
                    if isUnion { parent = key }
                }
            }
            for record in try Containers(store).all() where record.finished != nil && record.driver == driver
            {
                guard names.contains(record.id) else { continue }
                // A layer that belongs to no image any more.
                if let layer = record.layer, !adopted.contains(layer.description),
                    names.contains(layer.description)
                {
                    try snapshots.register(layer, .committed, parent: nil)
                    adopted.insert(layer.description)
                }
                let parent = record.layer.flatMap { adopted.contains($0.description) ? $0 : nil }
                try snapshots.register(SnapshotKey(record.id), .active, parent: parent)
                adopted.insert(record.id)
            }
            known += adopted.count
            // Nobody can say what these are, so nobody may throw them away.
            for name in names.subtracting(adopted) {
                let aside = store.snapshots(of: driver).removingLastComponent().appending("unknown")
                try Files.makeDirectories(aside, mode: 0o700)
                let component = FilePath(name).components
                try Files.rename(
                    store.snapshots(of: driver).appending(component), to: aside.appending(component))
                unknown += 1
            }
        }
        let rest =
            unknown == 0 ? "" : "; \(unknown) that nothing refers to are in \(store.storage)/DRIVER/unknown"
        return "made again, with \(known) snapshots\(rest); the old file is \(store.metadata).damaged"
    }
}

extension SnapshotStore {
    /// Writes a row for a directory that is there already.
    fileprivate func register(_ key: SnapshotKey, _ kind: SnapshotKind, parent: SnapshotKey?) throws {
        let usage = kind == .committed ? try measure(directory(of: key)) : nil
        let labels = kind == .active ? [Self.containerLabel: key.description] : [:]
        try write { table throws(SnapshotError) in
            _ = try table.insert(key, kind, parent: parent, labels: labels, usage: usage)
        }
    }
}
