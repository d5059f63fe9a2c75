internal import DriverKit
internal import Host
internal import Storage
internal import SystemPackage
internal import Tree

extension Containers {
    /// What containers have written, by their IDs, in bytes on disk; those are missing that are gone meanwhile.
    public func sizes(of records: [ContainerRecord]) -> [String: Int64] {
        var shared = SharedSpace(store)
        var sizes: [String: Int64] = [:]
        for record in records {
            let container = container(of: record)
            let name = FilePath(record.id).components
            let places = [
                container.runningDirectory.appending(Store.containerSnapshot.components),
                store.snapshots(of: record.driver).appending(name),
            ]
            guard let place = places.first(where: Files.isDirectory),
                let walked = try? TreeUsage.measure(place)
            else { continue }
            sizes[record.id] = shared.own(of: SnapshotDirectory(place), record, walked).bytes
        }
        return sizes
    }
}
