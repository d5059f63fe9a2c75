internal import DriverKit
internal import Host
internal import Images
internal import Storage
internal import SystemPackage

/// Checks the snapshots' metadata: that they can be read, keep their own rules, and agree with the images.
struct MetadataVerification {
    private let store: Store
    private let images: [Image]
    private let repairing: Bool

    init(_ store: Store, _ images: [Image], _ repairing: Bool) {
        self.store = store
        self.images = images
        self.repairing = repairing
    }

    func run() throws -> [Damage] {
        let drivers = SnapshotRecords.drivers(in: store)
        let hasSnapshots = drivers.contains { (try? Files.list(store.snapshots(of: $0)))?.isEmpty == false }
        guard Files.exists(store.metadata) || hasSnapshots else { return [] }
        guard let problem = try problem(in: drivers) else { return try drivers.flatMap(orphans) }
        var damage = Damage(.database, store.metadata.string, problem)
        guard repairing else { return [damage] }
        do {
            damage.repair = try MetadataRebuild(store: store, images: images).run()
        } catch let error as BusyStore {
            damage.advice = [error.explanation.problem, error.explanation.remedy].compactMap { $0 }
                .joined(separator: ": ")
            return [damage]
        }
        return try [damage] + drivers.flatMap(orphans)
    }

    /// What is wrong with the metadata themselves; nil if nothing is.
    private func problem(in drivers: [String]) throws -> String? {
        guard Files.exists(store.metadata) else { return "it is missing" }
        do {
            if let first = try SnapshotRecords.database(of: store).damage().first { return first }
            for driver in drivers { if let wrong = try wrongParent(in: driver) { return wrong } }
            return nil
        } catch SnapshotError.damagedMetadata(_, let reason) {
            return reason
        }
    }

    /// A layer that does not lie on what its image says; nil if there is none.
    private func wrongParent(in driver: String) throws -> String? {
        // Of a driver that is not known, nobody knows whether layers lie on one another.
        guard let known = store.driver(named: driver) else { return nil }
        var parents: [SnapshotKey: SnapshotKey?] = [:]
        for image in images {
            var below: SnapshotKey?
            for layer in image.layers {
                let key = SnapshotKey(chainID: layer.chainID)
                parents[key] = .some(known.layers.hasLayers ? below : nil)
                below = key
            }
        }
        var wrong: String?
        try SnapshotRecords(store, driverName: driver).walk([.kind(.committed)]) { row in
            guard let parent = parents[row.key], parent != row.parent else { return }
            let short = row.parent.map { String($0.description.prefix(12)) } ?? "nothing"
            wrong = "the layer \(row.key.description.prefix(12)) of \(driver) is said to lie on \(short)"
        }
        return wrong
    }

    /// Layers of kept containers below which nobody knows what lies.
    private func orphans(of driver: String) throws -> [Damage] {
        var found: [Damage] = []
        let snapshots = SnapshotRecords(store, driverName: driver)
        try snapshots.walk([.label(MetadataRebuild.orphanLabel, nil)]) { row in
            found.append(
                Damage(
                    .snapshot, snapshots.directory(of: row.key).path.string,
                    "what lies below this layer of a kept container is not known",
                    advice: "load or import its image again, then: mydocker storage verify --repair"))
        }
        return found
    }
}
