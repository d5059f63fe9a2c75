internal import CLinux
internal import Glibc
internal import SystemPackage

/// The layers of images, unpacked for one driver.
struct LayerStore {
    let store: Store
    let driver: any StorageDriver

    /// Where the layer of this chainID is, once it is unpacked.
    func directory(of chainID: Digest) -> SnapshotDirectory {
        SnapshotDirectory(store.layers(of: driver.name).appending(FilePath(chainID.hex).components))
    }

    /// The layer directories of an image, the nearest (uppermost) first; those that are missing are unpacked.
    ///
    /// - Throws: an ``Explained`` error; what was unpacked completely before stays.
    func layers(of image: Image, from images: ImageStore) throws -> [FilePath] {
        var parents: [FilePath] = []
        for layer in image.layers {
            let snapshot = directory(of: layer.chainID)
            if !Files.exists(snapshot.path) { try unpack(layer, to: snapshot, on: parents, from: images) }
            parents.insert(snapshot.layer, at: 0)
        }
        return parents
    }

    /// Unpacks in a temporary place, syncs, and publishes with one rename.
    ///
    /// Two processes may do so at once: the
    /// first rename wins, and the content is the same.
    private func unpack(
        _ layer: Image.Layer, to snapshot: SnapshotDirectory, on parents: [FilePath], from images: ImageStore
    ) throws {
        let place = try LiveDirectory.makeUnique(in: store.temporary, store: store)
        defer { try? TreeRemoval.remove(place.path) }
        let made = SnapshotDirectory(place.path.appending("snapshot"))
        try made.create(on: parents.first)
        try driver.prepare(made, on: parents, access: .readWrite)
        let blob = try images.open(layer)
        try LayerUnpacker.unpack(
            blob, mediaType: layer.mediaType, expecting: layer.diffID, into: made.layer,
            deletionFormat: driver.deletionFormat)
        let root = try Descriptor(place.path, O_RDONLY | O_DIRECTORY)
        try systemCall("syncfs", place.path.string) { clx_syncfs(root.rawValue) }
        try Files.makeDirectories(snapshot.path.removingLastComponent(), mode: 0o700)
        do {
            try Files.rename(made.path, to: snapshot.path)
        } catch {
            guard error.errno == .fileExists || error.errno == .directoryNotEmpty else { throw error }
        }
    }
}
