public import DriverKit
internal import Host
internal import Images
public import Logging
public import Storage
internal import SystemPackage

/// What a store takes of the disk, and for what: `storage df`.
///
/// All numbers are allocated bytes, as du(1) counts them: a file with several names once, holes not at all. What
/// changes meanwhile is counted as it is when it is looked at.
public struct StoreUsage: Sendable, Encodable {
    /// One image: the blobs that it needs.
    public struct ImageUsage: Sendable, Encodable {
        /// Its name; nil if it has none.
        public let name: String?
        /// The digest of its configuration.
        public let id: String
        /// All of its blobs.
        public let bytes: Int64
        /// Those of them that other images need too.
        public let shared: Int64
        /// What would be free without it.
        public var unique: Int64 { bytes - shared }

        enum CodingKeys: String, CodingKey { case name, id, bytes, shared }
    }

    /// One layer that was unpacked for a driver.
    public struct LayerUsage: Sendable, Encodable {
        /// The driver.
        public let driver: String
        /// The layer's chainID, or whatever key its maker gave it.
        public let key: String
        /// The images, by their names or IDs, that need it.
        public let images: [String]
        /// Its directory, without what is below it.
        public let usage: SnapshotUsage
    }

    /// One container: what it has written, and what its driver keeps beside that.
    public struct ContainerUsage: Sendable, Encodable {
        /// Its identifier.
        public let id: String
        /// Its name.
        public let name: String
        /// Its driver.
        public let driver: String
        /// True if it runs.
        public let isRunning: Bool
        /// What it takes.
        public let usage: SnapshotUsage
    }

    /// The images.
    public let images: [ImageUsage]
    /// The unpacked layers.
    public let layers: [LayerUsage]
    /// The containers.
    public let containers: [ContainerUsage]
    /// All blobs, each once.
    public let blobs: Int64
    /// Blobs that no image needs; ``GarbageCollection`` removes them.
    public let unneededBlobs: Int64
    /// What is being made or deleted at the moment.
    public let temporary: Int64
    /// The metadata, the index, filters that are kept, and the directories that hold all this.
    public let other: Int64
    /// Everything below the store's directory.
    public let total: SnapshotUsage
    /// What ``GarbageCollection`` would free of it.
    public let reclaimable: Int64

    /// Measures a store.
    ///
    /// - Throws: ``ImageError``, ``SnapshotError``, ``TreeError`` or ``SystemCallError``.
    public init(_ store: Store, logger: Logger) throws {
        let stored = try ImageStore(at: store.images).diskUsage()
        images = stored.images
        blobs = stored.blobs
        unneededBlobs = stored.unneeded
        let records = Dictionary(uniqueKeysWithValues: try Containers(store).all().map { ($0.id, $0) })
        var owners: [String: [String]] = [:]
        for image in try ImageStore(at: store.images).list().compactMap(\.image) {
            for layer in image.layers {
                owners[SnapshotKey(chainID: layer.chainID).description, default: []].append(image.displayName)
            }
        }
        var layers: [LayerUsage] = []
        var containers: [ContainerUsage] = []
        var shared = SharedSpace(store)
        for record in records.values where record.finished == nil {
            let place = Container(id: record.id, store: store).runningDirectory
            guard let walked = try? TreeUsage.measure(place) else { continue }
            let usage = shared.own(
                of: SnapshotDirectory(place.appending(Store.containerSnapshot.components)), record, walked)
            containers.append(ContainerUsage(record, usage))
        }
        for driver in SnapshotRecords.drivers(in: store) {
            for name in try Files.list(store.snapshots(of: driver)).sorted() {
                let path = store.snapshots(of: driver).appending(FilePath(name).components)
                guard let walked = try? TreeUsage.measure(path) else { continue }
                let usage = shared.own(
                    of: SnapshotDirectory(path), named: name, by: driver, records[name], walked)
                if let record = records[name] {
                    containers.append(ContainerUsage(record, usage))
                } else {
                    layers.append(
                        LayerUsage(driver: driver, key: name, images: owners[name] ?? [], usage: usage))
                }
            }
        }
        self.layers = layers
        self.containers = containers.sorted { $0.id < $1.id }
        let places = [store.root] + (store.isReadOnly ? [store.live] : [])
        temporary = try places.map { $0.appending("tmp") }.filter(Files.isDirectory)
            .reduce(0) { try $0 + TreeUsage.measure($1).bytes }
        total = try places.filter(Files.isDirectory).reduce(into: shared.lessThanWalked) { sum, place in
            let usage = try TreeUsage.measure(place)
            sum.bytes += usage.bytes
            sum.inodes += usage.inodes
        }
        let parts = layers.map(\.usage.bytes) + containers.map(\.usage.bytes) + [blobs, temporary]
        reclaimable = try GarbageCollection(store, logger: logger).run(dryRun: true).reduce(0) {
            $0 + $1.bytes
        }
        other = max(0, total.bytes - parts.reduce(0, +))
    }
}

extension StoreUsage.ContainerUsage {
    fileprivate init(_ record: ContainerRecord, _ usage: SnapshotUsage) {
        self.init(
            id: record.id, name: record.name, driver: record.driver, isRunning: record.isRunning, usage: usage
        )
    }
}
