internal import SystemPackage

/// Checks the snapshots of one driver: rows against directories, and layers against their blobs.
struct SnapshotVerification {
    private let snapshots: SnapshotStore
    private let images: [Image]
    private let repairing: Bool
    private var store: Store { snapshots.store }
    private var layers: LayerStore { LayerStore(snapshots) }

    init(_ snapshots: SnapshotStore, _ images: [Image], _ repairing: Bool) {
        self.snapshots = snapshots
        self.images = images
        self.repairing = repairing
    }

    func run(found: (Damage) -> Void) throws {
        // In this order: a snapshot that is made meanwhile has a row no later than a directory.
        let names = Set(try Files.list(store.snapshots(of: snapshots.driver.name)))
        var rows: [Snapshot] = []
        try snapshots.walk { rows.append($0) }
        let known = Set(rows.map(\.key.description))
        for name in names.subtracting(known).sorted() {
            let path = store.snapshots(of: snapshots.driver.name).appending(FilePath(name).components)
            // A commit that is going on moves it.
            guard Files.exists(path), try !snapshots.isKnown(name) else { continue }
            var damage = Damage(.snapshot, path.string, "it belongs to no snapshot")
            if repairing { try repair(&damage, stray: name, at: path) }
            found(damage)
        }
        for row in rows {
            if let damage = try check(row) { found(damage) }
        }
    }

    /// Takes a directory without a row back for the container that wrote in it, or throws it away.
    private func repair(_ damage: inout Damage, stray name: String, at path: FilePath) throws {
        let record = try? ContainerRecord(from: store.kept.appending(FilePath(name).components))
        guard let record, record.driver == snapshots.driver.name else {
            try Trash(store).put(path)
            damage.repair = "removed"
            return
        }
        guard try record.layer.map({ try snapshots.isKnown($0.description) }) ?? true else {
            damage.advice =
                "it is what the container \(record.name) wrote, on a layer that is gone: load or import its image "
                + "again, run that once with --storage \(record.driver), and repair again"
            return
        }
        try snapshots.adopt(path, as: SnapshotKey(name), parent: record.layer)
        damage.repair = "it is the container \(record.name)'s again"
    }

    private func check(_ row: Snapshot) throws -> Damage? {
        let directory = snapshots.directory(of: row.key)
        let isThere = Files.isDirectory(directory.layer)
        // Its image, as far as the layer and what is below it.
        let image = images.first { image in
            image.layers.contains { SnapshotKey(chainID: $0.chainID) == row.key }
        }
        guard row.kind == .committed, let image, !(snapshots.driver is NamedDriver) else {
            // Removed since.
            if isThere || (try? snapshots.stat(row.key)) == nil { return nil }
            return missing(row, directory)
        }
        let depth = image.layers.firstIndex { SnapshotKey(chainID: $0.chainID) == row.key } ?? 0
        let problem: String
        let fresh: LayerRemaking
        do { fresh = try LayerRemaking(image, upTo: depth, layers) } catch {
            // Of a blob that is damaged, which was said.
            return isThere ? nil : Damage(.snapshot, directory.path.string, "it is missing: \(error.problem)")
        }
        if isThere {
            let changes = try Changes.betweenLayers(
                fresh.directory.layer, and: directory.layer, format: snapshots.driver.deletionFormat)
            guard let first = changes.first(where: { !$0.path.isEmpty }) ?? changes.first else { return nil }
            let count = changes.count { !$0.path.isEmpty }
            problem =
                "the layer is not what its blob holds: \(first.description.printable)"
                + (count > 1 ? " and \(count - 1) more" : "")
        } else {
            problem = "it is missing"
        }
        var damage = Damage(.snapshot, directory.path.string, problem)
        guard repairing else { return damage }
        do {
            try fresh.replace(row.key)
            damage.repair = "unpacked again"
        } catch {
            damage.advice = "\(error.problem): end what runs on it and repair again"
        }
        return damage
    }

    /// A snapshot that nobody can make again.
    private func missing(_ row: Snapshot, _ directory: SnapshotDirectory) -> Damage {
        var damage = Damage(.snapshot, directory.path.string, "it is missing")
        if let container = row.labels[SnapshotStore.containerLabel] {
            damage.advice = "the container's changes are lost; remove it: mydocker rm \(container)"
            return damage
        }
        guard repairing else { return damage }
        do {
            try snapshots.remove(row.key)
            damage.repair = "forgotten"
        } catch { damage.advice = error.problem }
        return damage
    }
}

extension SnapshotStore {
    fileprivate func isKnown(_ name: String) throws -> Bool {
        let key = try SnapshotKey(name)
        return try read { table throws(SnapshotError) in try table.contains(key) }
    }
}
