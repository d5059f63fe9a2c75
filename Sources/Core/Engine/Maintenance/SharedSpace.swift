internal import DriverKit
internal import Storage
internal import SystemPackage

/// Takes out of what walks through snapshots count what snapshots share with their parents: with drivers of which each is
/// the whole tree all the same.
struct SharedSpace {
    private let store: Store
    /// What all snapshots together take, without what a walk finds: never more than nothing.
    private(set) var lessThanWalked = SnapshotUsage()
    private var opened: [String: SnapshotStore] = [:]

    init(_ store: Store) {
        self.store = store
    }

    /// What a container's write layer takes, of what a walk has counted.
    mutating func own(
        of snapshot: SnapshotDirectory, _ record: ContainerRecord, _ walked: SnapshotUsage
    ) -> SnapshotUsage {
        guard let snapshots = snapshots(of: record.driver) else { return walked }
        let parents = record.layer.map { [snapshots.directory(of: $0)] } ?? []
        // Nobody has written to one that is only read.
        return count((try? snapshots.driver.usage(of: snapshot, on: parents)) ?? nil, walked)
    }

    /// What a snapshot of a driver takes: what was counted when it was committed, or else the driver counts.
    mutating func own(
        of snapshot: SnapshotDirectory, named name: String, by driver: String, _ record: ContainerRecord?,
        _ walked: SnapshotUsage
    ) -> SnapshotUsage {
        guard let snapshots = snapshots(of: driver) else { return walked }
        if let record { return own(of: snapshot, record, walked) }
        guard let key = try? SnapshotKey(name) else { return walked }
        if let known = (try? snapshots.records.knownUsage(key)) ?? nil { return count(known, walked) }
        let parents = ((try? snapshots.ancestors(of: key)) ?? []).map { snapshots.directory(of: $0) }
        return count((try? snapshots.driver.usage(of: snapshot, on: parents)) ?? nil, walked)
    }

    private mutating func count(_ own: SnapshotUsage?, _ walked: SnapshotUsage) -> SnapshotUsage {
        guard let own, own.bytes < walked.bytes else { return walked }
        lessThanWalked.bytes += own.bytes - walked.bytes
        lessThanWalked.inodes += min(0, own.inodes - walked.inodes)
        return own
    }

    /// Nil for a driver whose snapshots share nothing, or that this program lacks.
    private mutating func snapshots(of name: String) -> SnapshotStore? {
        if let known = opened[name] { return known }
        guard let driver = store.driver(named: name), driver.layers == .wholeTree(sharing: true)
        else {
            return nil
        }
        opened[name] = SnapshotStore(store, driver: driver)
        return opened[name]
    }
}
