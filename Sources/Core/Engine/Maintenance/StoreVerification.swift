internal import Host
internal import Images
public import Storage
internal import SystemPackage

/// Looks at everything in a store, finds what is damaged, and repairs what can be repaired: `storage verify`.
///
/// What is checked: the store's directories, and who may reach them; every blob against its digest; every image's documents and layers; the metadata's own structure
/// and rules; every snapshot's row against its directory; every unpacked layer, file by file, against a fresh
/// unpacking of its blob; every kept container. Reads all of the store once, and writes each image's largest layer
/// to its temporary place, or for a driver without layers, its whole tree.
///
/// What is repaired: what can be made again out of what is whole. A layer that somebody may be using is left alone.
/// A blob's content cannot be made up: its image has to be imported or loaded again, which replaces the blob.
public struct StoreVerification {
    let store: Store
    /// True to repair.
    let repairing: Bool

    /// A verification of `store`.
    ///
    /// - Parameter repairing: true to repair what can be repaired.
    public init(_ store: Store, repairing: Bool) {
        self.store = store
        self.repairing = repairing
    }

    /// Does it.
    ///
    /// - Parameter found: called for each damage as it is found, after it was repaired if it was.
    /// - Throws: ``SystemCallError`` or ``SnapshotError`` if the store cannot be looked at.
    public func run(found: (Damage) -> Void) throws {
        if repairing { try store.checkWritable() }
        let ofPlaces = try PlaceVerification(store.onDisk, repairing).run()
        ofPlaces.forEach(found)
        for damage in try ImageVerification(ImageStore(at: store.images), repairing).run() { found(damage) }
        // Of an index that cannot be read, which was said, nothing more can be.
        let images = (try? ImageStore(at: store.images).list().compactMap(\.image)) ?? []
        // What is in the wrong place is not looked at.
        let areThere = [store.onDisk.containers, store.kept, store.onDisk.temporary].allSatisfy(
            Files.isDirectory)
        guard areThere, !ofPlaces.contains(where: { $0.isInTheWay }) else { return }
        let ofMetadata = try MetadataVerification(store, images, repairing).run()
        ofMetadata.forEach(found)
        // Without them, nothing can be said of snapshots.
        let areLost = ofMetadata.contains { $0.kind == .database && $0.repair == nil }
        guard !areLost, Files.exists(store.metadata) else { return }
        for name in SnapshotRecords.drivers(in: store) {
            // One whose driver this program lacks is looked at as far as that goes without.
            try SnapshotVerification(of: name, in: store, images, repairing).run(found: found)
        }
        for damage in try ContainerVerification(store.onDisk, repairing).run() { found(damage) }
    }
}
