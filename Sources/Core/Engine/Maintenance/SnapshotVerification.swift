internal import DriverKit
internal import Host
internal import Images
internal import Layers
internal import Storage
internal import SystemPackage

/// Checks the snapshots of one driver: rows against directories, and layers against their blobs.
struct SnapshotVerification {
    private let records: SnapshotRecords
    /// Nil if this program lacks the driver.
    private let snapshots: SnapshotStore?
    private let images: [Image]
    private let repairing: Bool
    private var store: Store { records.store }

    init(of driver: String, in store: Store, _ images: [Image], _ repairing: Bool) {
        snapshots = store.driver(named: driver).map { SnapshotStore(store, driver: $0) }
        records = snapshots?.records ?? SnapshotRecords(store, driverName: driver)
        self.images = images
        self.repairing = repairing
    }

    func run(found: (Damage) -> Void) throws {
        // In this order: a snapshot that is made meanwhile has a row no later than a directory.
        let names = Set(try Files.list(store.snapshots(of: records.driverName)))
        var rows: [Snapshot] = []
        try records.walk { rows.append($0) }
        let known = Set(rows.map(\.key.description))
        for name in names.subtracting(known).sorted() {
            let path = store.snapshots(of: records.driverName).appending(FilePath(name).components)
            // A commit that is going on moves it.
            guard Files.exists(path) else { continue }
            if let key = try? SnapshotKey(name), try records.contains(key) { continue }
            var damage = Damage(.snapshot, path.string, "it belongs to no snapshot")
            if repairing { try repair(&damage, stray: name, at: path) }
            found(damage)
        }
        for row in rows {
            for damage in try check(row) { found(damage) }
        }
    }

    /// Takes a directory without a row back for the container that wrote in it, or throws it away.
    private func repair(_ damage: inout Damage, stray name: String, at path: FilePath) throws {
        let record = try? ContainerRecord(from: store.kept.appending(FilePath(name).components))
        guard let record, record.driver == records.driverName else {
            try Trash(store).put(path)
            damage.repair = "removed"
            return
        }
        guard try record.layer.map({ try records.contains($0) }) ?? true else {
            damage.advice =
                "it is what the container \(record.name) wrote, on a layer that is gone: load or import its image "
                + "again, run that once with --storage \(record.driver), and repair again"
            return
        }
        try records.adopt(path, as: SnapshotKey(name), parent: record.layer)
        damage.repair = "it is the container \(record.name)'s again"
    }

    /// How many differences of one layer are named.
    private static let longestList = 20

    private func check(_ row: Snapshot) throws -> [Damage] {
        let directory = records.directory(of: row.key)
        // An active one is a directory to write to; what else a finished one is, its driver knows.
        let isThere =
            row.kind == .committed
            ? snapshots?.isWhole(directory) ?? Files.isDirectory(directory.path)
            : Files.isDirectory(directory.layer)
        // Its image, as far as the layer and what is below it.
        let image = images.first { image in
            image.layers.contains { SnapshotKey(chainID: $0.chainID) == row.key }
        }
        guard row.kind == .committed, let image, let snapshots else {
            // Removed since.
            if isThere || (try? records.stat(row.key)) == nil { return [] }
            return [missing(row, directory)]
        }
        let depth = image.layers.firstIndex { SnapshotKey(chainID: $0.chainID) == row.key } ?? 0
        let layers = LayerStore(snapshots)
        // What a layer has to be like, those below it say.
        if let lost = layers.missingLayer(below: depth, of: image) {
            if isThere { return [] }
            return [
                Damage(
                    .snapshot, directory.path.string, "it is missing",
                    advice: "the layer below it, \(lost), is missing too: repair that first")
            ]
        }
        let broken = isThere ? FileSeal.problems(in: directory.path) : []
        let fresh: LayerRemaking
        do { fresh = try LayerRemaking(image, upTo: depth, layers) } catch let error as ImageError {
            // A disk that is full, say, is no damage.
            if case .failedEntry = error { throw error }
            let problem = isThere ? "it cannot be compared with its blob" : "it is missing"
            return [
                Damage(
                    .snapshot, directory.path.string, "\(problem): \(error.problem)",
                    advice: "import or load the image \(image.displayName) again")
            ]
        } catch let error as MountError {
            // One below is no file system any more, which was found.
            return (broken.isEmpty ? ["it cannot be compared with its blob: \(error.problem)"] : broken).map {
                Damage(.snapshot, directory.path.string, $0, advice: "repair the layer below it first")
            }
        }
        var problems = isThere ? broken : ["it is missing"]
        if isThere, problems.isEmpty {
            problems = try differences(of: directory, from: fresh.directory, snapshots)
            // Removed since it was compared?
            if problems.isEmpty || (try? snapshots.stat(row.key)) == nil { return [] }
        }
        var damages = problems.map { Damage(.snapshot, directory.path.string, $0) }
        guard repairing else { return damages }
        var (repair, advice): (String?, String?) = (nil, nil)
        do {
            try fresh.replace(row.key)
            repair = "unpacked again"
        } catch { advice = "\(error.problem): end what runs on it and repair again" }
        for index in damages.indices { (damages[index].repair, damages[index].advice) = (repair, advice) }
        return damages
    }

    /// What a layer should not be like, a line for each file, as long as these are not too many.
    private func differences(
        of directory: SnapshotDirectory, from fresh: SnapshotDirectory, _ snapshots: SnapshotStore
    ) throws -> [String] {
        let format = snapshots.driver.layers.deletions
        let lines = try snapshots.reading([directory, fresh]) {
            let changes = try Changes.betweenLayers(fresh.layer, and: directory.layer, format: format)
            return changes.isEmpty
                ? [] : try LayerDifference(expected: fresh.layer, actual: directory.layer).lines(changes)
        }
        let rest = lines.count - Self.longestList
        return lines.prefix(Self.longestList).map(\.printable)
            + (rest > 0 ? ["\(rest) more differences"] : [])
    }

    /// A snapshot that nobody can make again.
    private func missing(_ row: Snapshot, _ directory: SnapshotDirectory) -> Damage {
        var damage = Damage(.snapshot, directory.path.string, "it is missing")
        if let container = row.labels[SnapshotRecords.containerLabel] {
            damage.advice = "the container's changes are lost; remove it: mydocker rm \(container)"
            return damage
        }
        guard repairing else { return damage }
        do {
            try records.remove(row.key)
            damage.repair = "forgotten"
        } catch { damage.advice = error.problem }
        return damage
    }
}
