internal import DriverKit
internal import Host
public import Layers
public import Storage
internal import SystemPackage
internal import Tree

extension ImageStore {
    /// Makes an image of a root file system, as ``importRootFS(from:as:config:created:comment:progress:notice:)`` does, and
    /// unpacks it in the same pass: its first container has nothing left to do.
    ///
    /// The image is there before its unpacked layer is. If that cannot be published, the notice says so, and the first
    /// container unpacks the image once more.
    ///
    /// - Parameters:
    ///   - snapshots: where to, for which driver.
    ///   - notice: is told, in one line, what of the archive will not be there when the image runs.
    /// - Throws: an ``Explained`` error; there is no image then.
    public func importRootFS(
        from source: ImportSource, as name: ImageName?, config: ImageConfig, created: String? = nil,
        comment: String? = nil, unpackingInto snapshots: SnapshotStore, progress: (any ByteProgress)? = nil,
        notice: (String) -> Void = { _ in }
    ) throws -> Image {
        let store = snapshots.store
        try store.create()
        let place = try LiveDirectory.makeUnique(in: store.temporary, store: store)
        let temporary = place.path
        defer { try? store.remove(temporary, of: snapshots.driver) }
        let made = SnapshotDirectory(temporary.appending("snapshot"))
        try snapshots.create(made, on: [], for: .unpacking)
        let model = snapshots.driver.layers
        let image = try importRootFS(
            from: source, as: name, config: config, created: created, comment: comment, progress: progress,
            notice
        ) { reader, check in
            let writer = LayerWriter(try LayerDirectory(made.layer), format: model.deletions)
            while let entry = try reader.next() {
                try check(entry)
                try writer.write(entry, from: reader)
            }
            try made.complete(writer.remainder, on: [], model)
            try snapshots.finish(made, on: [])
        }
        do {
            try SnapshotDirectory.sync(temporary)
            try snapshots.publish(
                chain: image.layers.map { (made.path, SnapshotKey(chainID: $0.chainID)) }, on: nil)
        } catch {
            notice("\(image.displayName) will be unpacked by its first container: \(error.problem)")
        }
        return image
    }
}
