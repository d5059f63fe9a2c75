internal import CLinux
internal import DriverKit
internal import Glibc
internal import Host
internal import Images
internal import Layers
public import Logging
public import Storage
internal import SystemPackage

/// Removes what nothing needs any more: `storage gc`.
///
/// Blobs that no image refers to, layers unpacked for images that are gone, filters that were kept for other kernels, and
/// what killed processes have left.
/// What somebody uses at that moment stays, and so does everything that is not an image's layer: other programs'
/// snapshots in the same store.
public struct GarbageCollection {
    /// Something that is, or would be, removed.
    public struct Item: Sendable, Encodable, Equatable {
        /// "temporary", "filter", "blob" or "layer".
        public let kind: String
        /// The layer's driver.
        public let driver: String?
        /// The blob's digest, the layer's chainID, or the name in the store of a filter or of what a dead process has left.
        public let name: String
        /// What it takes on the disk, in bytes.
        public let bytes: Int64
    }

    private let store: Store
    private let logger: Logger

    /// A collection in `store`.
    public init(_ store: Store, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    /// Does it.
    ///
    /// Not to be called while a tool other than mydocker is writing to the image store: such tools write blobs
    /// before their index.
    ///
    /// - Parameter dryRun: true to remove nothing.
    /// - Returns: what was removed, or would be.
    /// - Throws: ``ImageError``, ``SnapshotError`` or ``SystemCallError``.
    public func run(dryRun: Bool) throws -> [Item] {
        var cleanup = Cleanup(store: store, logger: logger)
        // Nothing is left to the background: what is said to be free is.
        cleanup.patience = .max
        let temporary = try self.temporary()
        if !dryRun { try cleanup.removeAbandoned() }
        let images = ImageStore(at: store.images)
        let blobs =
            try temporary + filters(removing: !dryRun)
            + images.unneededBlobs(removing: !dryRun).map {
                Item(kind: "blob", driver: nil, name: "\($0.digest)", bytes: $0.size)
            }
        var needed: Set<SnapshotKey> = []
        var seen: Set<Digest> = []
        for (name, blob) in try images.entries() where seen.insert(blob.digest).inserted {
            do {
                for layer in try images.image(name, blob).layers {
                    needed.insert(SnapshotKey(chainID: layer.chainID))
                }
            } catch ImageError.noMatchingPlatform, ImageError.noImage {
                // It is never unpacked here.
            } catch {
                // It may be whole again tomorrow, and until then nobody knows its layers.
                let title = name.map { "\($0)" } ?? blob.digest.short
                logger.notice("layers are left alone: the image \(title) cannot be read")
                return blobs
            }
        }
        var layers: [Item] = []
        for driver in Files.exists(store.metadata) ? SnapshotRecords.drivers(in: store) : [] {
            layers += try unneededLayers(SnapshotRecords(store, driverName: driver), needed, dryRun: dryRun)
        }
        // Large trees have only been put aside.
        if !dryRun { try cleanup.removeAbandoned() }
        return blobs + layers
    }

    /// What belongs to no living process, and is on its way out.
    private func temporary() throws -> [Item] {
        guard store.isReady else { return [] }
        let abandoned = try LiveDirectory.abandoned(in: store.temporary, store: store)
        defer { for lock in abandoned.values { close(lock) } }
        return try abandoned.keys.sorted().map { name in
            let usage = try TreeUsage.measure(store.temporary.appending(FilePath(name).components))
            return Item(kind: "temporary", driver: nil, name: "tmp/\(name)", bytes: usage.bytes)
        }
    }

    private func filters(removing: Bool) throws -> [Item] {
        try SeccompFilters(in: store).unneeded().compactMap { path in
            guard let status = Files.status(path) else { return nil }
            if removing { try Files.remove(path) }
            let name = "\(store.seccomp.lastComponent?.string ?? "")/\(path.lastComponent?.string ?? "")"
            return Item(kind: "filter", driver: nil, name: name, bytes: Int64(status.st_blocks) * 512)
        }
    }

    private func unneededLayers(
        _ snapshots: SnapshotRecords, _ needed: Set<SnapshotKey>, dryRun: Bool
    ) throws -> [Item] {
        var rows: [Snapshot] = []
        try snapshots.walk { rows.append($0) }
        var parents: [SnapshotKey: Int] = [:]
        for row in rows { if let parent = row.parent { parents[parent, default: 0] += 1 } }
        var result: [Item] = []
        // Children come after their parents.
        for row in rows.reversed() {
            guard row.kind == .committed, row.key.isChainID, !needed.contains(row.key),
                parents[row.key, default: 0] == 0
            else { continue }
            do {
                let usage = try snapshots.knownUsage(row.key) ?? SnapshotUsage()
                if dryRun {
                    // Somebody may use it.
                    _ = try SnapshotLock.take(snapshots.directory(of: row.key), row.key, .exclusive)
                } else {
                    try snapshots.remove(row.key)
                }
                result.append(
                    Item(
                        kind: "layer", driver: snapshots.driverName, name: "\(row.key)", bytes: usage.bytes))
            } catch {
                switch error {
                case .inUse, .hasChildren, .notFound: continue
                default: throw error
                }
            }
            if let parent = row.parent { parents[parent, default: 1] -= 1 }
        }
        return result
    }
}

extension SnapshotKey {
    /// True if it is a layer's name, and not one that somebody has made up.
    var isChainID: Bool {
        description.utf8.count == 64 && description.utf8.allSatisfy(\.isLowercaseHex)
    }
}
