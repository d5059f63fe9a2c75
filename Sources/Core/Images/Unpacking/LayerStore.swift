internal import CLinux
package import DriverKit
internal import Glibc
internal import Host
package import Layers
package import Storage
internal import SystemPackage
internal import Tree

/// The layers of images as snapshots of one driver.
package struct LayerStore {
    package let snapshots: SnapshotStore

    package init(_ snapshots: SnapshotStore) {
        self.snapshots = snapshots
    }

    /// The snapshots of an image's layers as they are, or would be; the nearest (uppermost) first.
    ///
    /// Where one is the whole tree it is the only one.
    package func directories(of image: Image) -> [SnapshotDirectory] {
        let layers = driver.layers.isUnion ? image.layers : image.layers.suffix(1)
        return layers.reversed().map { directory(of: $0) }
    }

    /// The layers of an image, those that are missing unpacked; nobody removes them as long as the result lives.
    ///
    /// The metadata is not looked at where nothing is missing: a layer's directory is there only if all of the
    /// layer is, and all layers below it too.
    ///
    /// - Parameters:
    ///   - image: the image.
    ///   - images: where its blobs are.
    ///   - progress: is told how much of the blobs has been read, if they are large.
    /// - Throws: an ``Explained`` error; nothing of this image was published then.
    package func hold(
        _ image: Image, from images: ImageStore, progress: (any ByteProgress)? = nil
    ) throws -> HeldLayers {
        guard let top = image.layers.last else { return HeldLayers([], in: snapshots, lock: nil) }
        // Somebody may remove them just when they are there: not for ever.
        for _ in 0..<Self.patience {
            if let held = try held(image, by: top) { return held }
            if let limit = driver.capabilities.layerLimitHere(), image.layers.count > limit {
                // Nothing is unpacked that cannot be mounted.
                throw StorageError.tooManyLayers(
                    driver: driver.name, layers: image.layers.count, limit: limit)
            }
            guard !snapshots.store.isReadOnly else {
                throw StorageError.notUnpacked(
                    image: image.displayName, driver: driver.name, store: snapshots.store.root.string)
            }
            let missing = image.layers.filter { !isThere($0) }
            let meter = ByteMeter(progress, total: missing.reduce(0) { $0 + $1.size })
            defer { meter?.end() }
            if hasLayers {
                try unpackMissing(of: image, from: images, meter)
            } else {
                try unpackTree(of: image, from: images, meter)
            }
        }
        let lost = image.layers.first { hasLayers && !isThere($0) } ?? top
        throw SnapshotError.missingDirectory(
            SnapshotKey(chainID: lost.chainID), snapshots.finishedContent(of: directory(of: lost)))
    }

    /// How often layers are unpacked that are gone again before they can be used.
    private static let patience = 5

    /// The layers, if all are there.
    private func held(_ image: Image, by top: Image.Layer) throws(SnapshotError) -> HeldLayers? {
        let directories = directories(of: image)
        guard let lock = try lockIfThere(top), directories.allSatisfy(snapshots.isWhole) else { return nil }
        return HeldLayers(directories, in: snapshots, lock: lock)
    }

    /// A lock that keeps a layer from being removed; nil if it is not there (any more).
    private func lockIfThere(_ layer: Image.Layer) throws(SnapshotError) -> SnapshotLock? {
        do throws(SnapshotError) {
            return try SnapshotLock.take(
                directory(of: layer), SnapshotKey(chainID: layer.chainID), .shared, waits: true)
        } catch {
            guard case .missingDirectory = error else { throw error }
            return nil
        }
    }

    private var driver: any StorageDriver { snapshots.driver }
    private var hasLayers: Bool { driver.layers.hasLayers }

    /// Whether a layer is unpacked.
    private func isThere(_ layer: Image.Layer) -> Bool { snapshots.isWhole(directory(of: layer)) }

    private func directory(of layer: Image.Layer) -> SnapshotDirectory {
        snapshots.directory(of: SnapshotKey(chainID: layer.chainID))
    }

    /// Unpacks all layers that are missing at the same time, and publishes them together.
    ///
    /// Two processes may do so at once: the first to publish wins, and the content is the same.
    private func unpackMissing(of image: Image, from images: ImageStore, _ meter: ByteMeter?) throws {
        // All may be there by now.
        guard let first = image.layers.firstIndex(where: { !isThere($0) }) else { return }
        if first == 0 { return try unpack(image, from: 0, images, meter) }
        // Until the missing ones are published on it nothing else keeps it from being removed.
        guard let base = try lockIfThere(image.layers[first - 1]) else { return }
        try unpack(image, from: first, images, meter)
        _ = consume base
    }

    private func unpack(_ image: Image, from first: Int, _ images: ImageStore, _ meter: ByteMeter?) throws {
        let missing = Array(image.layers[first...])
        let place = try LiveDirectory.makeUnique(in: snapshots.store.temporary, store: snapshots.store)
        let temporary = place.path
        defer { try? snapshots.store.remove(temporary, of: driver) }
        let base = image.layers[..<first].reversed().map { directory(of: $0) }
        let made = try snapshots.reading(driver.layers.isUnion ? base : []) {
            try driver.layers.isUnion
                ? unpackTogether(missing, from: images, in: temporary, on: base, meter)
                : unpackInTurn(missing, from: images, in: temporary, on: base, meter)
        }
        try SnapshotDirectory.sync(temporary)
        try snapshots.publish(
            chain: zip(made, missing).map { ($0.path, SnapshotKey(chainID: $1.chainID)) },
            on: first == 0 ? nil : SnapshotKey(chainID: image.layers[first - 1].chainID))
    }

    /// Unpacks layers of a union, all at the same time.
    private func unpackTogether(
        _ layers: [Image.Layer], from images: ImageStore, in temporary: FilePath,
        on base: [SnapshotDirectory], _ meter: ByteMeter?
    ) throws -> [SnapshotDirectory] {
        let chain = try UnpackingChain(in: temporary, count: layers.count, on: base.map(\.layer), snapshots)
        _ = try inParallel(layers.indices.map { $0 }) { index in
            try chain.make(index) {
                try Self.write(layers[index], from: images, into: $0, driver, meter, on: $1)
            }
        }
        // Not before all are there: in its final form a layer need not be a directory any more.
        for (index, layer) in chain.layers.enumerated() {
            try snapshots.finish(layer, on: chain.layers[..<index].reversed() + base)
        }
        return chain.layers
    }

    /// Unpacks layers each of which is the whole tree, one on the other.
    private func unpackInTurn(
        _ layers: [Image.Layer], from images: ImageStore, in temporary: FilePath,
        on base: [SnapshotDirectory], _ meter: ByteMeter?
    ) throws -> [SnapshotDirectory] {
        var below = base
        for (index, layer) in layers.enumerated() {
            let made = SnapshotDirectory(temporary.appending("\(index)"))
            try snapshots.create(made, on: below, for: .unpacking)
            try unpack(layer, from: images, into: made, meter, on: [])
            try snapshots.finish(made, on: below)
            below.insert(made, at: 0)
        }
        return below.dropLast(base.count).reversed()
    }

    /// Makes the whole tree of an image: on a copy of the nearest of its layers whose tree there is already.
    private func unpackTree(of image: Image, from images: ImageStore, _ meter: ByteMeter?) throws {
        guard let top = image.layers.last else { return }
        let place = try LiveDirectory.makeUnique(in: snapshots.store.temporary, store: snapshots.store)
        defer { try? snapshots.store.remove(place.path, of: driver) }
        let made = SnapshotDirectory(place.path.appending("snapshot"))
        let start = image.layers.lastIndex(where: isThere)
        if let start {
            guard let lock = try lockIfThere(image.layers[start]) else { return }
            try snapshots.create(made, on: [directory(of: image.layers[start])], for: .unpacking)
            _ = consume lock
        } else {
            try snapshots.create(made, on: [], for: .unpacking)
        }
        for layer in image.layers[(start.map { $0 + 1 } ?? 0)...] {
            try unpack(layer, from: images, into: made, meter, on: [])
        }
        try snapshots.finish(made, on: [])
        try SnapshotDirectory.sync(made.path)
        try snapshots.publish(chain: [(made.path, SnapshotKey(chainID: top.chainID))], on: nil)
    }

    /// Unpacks layer number `depth` of an image once more, on those below it that there are, or where only the whole
    /// image has a tree, all layers up to it.
    package func remake(_ image: Image, upTo depth: Int, in made: SnapshotDirectory) throws {
        let images = ImageStore(at: snapshots.store.images)
        let below = hasLayers ? image.layers[..<depth].reversed().map { directory(of: $0) } : []
        let isUnion = driver.layers.isUnion
        try snapshots.create(made, on: isUnion ? [] : below, for: .unpacking)
        try snapshots.reading(isUnion ? below : []) {
            for layer in image.layers[(hasLayers ? depth : 0)...depth] {
                try unpack(layer, from: images, into: made, on: isUnion ? below.map(\.layer) : [])
            }
        }
        try snapshots.finish(made, on: below)
    }

    private func unpack(
        _ layer: Image.Layer, from images: ImageStore, into made: SnapshotDirectory,
        _ meter: ByteMeter? = nil,
        on lower: [FilePath]
    ) throws {
        let remainder = try Self.write(layer, from: images, into: made.layer, driver, meter) { lower }
        try made.complete(remainder, on: lower, driver.layers)
    }

    /// Writes a layer's entries; ``SnapshotDirectory/complete(_:on:_:)`` has to follow.
    ///
    /// - Parameter meter: counts what is read of the blob.
    private static func write(
        _ layer: Image.Layer, from images: ImageStore, into directory: FilePath, _ driver: any StorageDriver,
        _ meter: ByteMeter?, on lower: @escaping () throws -> [FilePath]
    ) throws -> LayerRemainder {
        let blob = try images.open(layer)
        let source = try MediaType.open(
            FileSource(copying: blob.rawValue).counted(by: meter), asLayer: layer.mediaType)
        return try BytePump.readingAhead(of: source, ifLarge: layer.size) {
            try LayerUnpacker.write(
                $0, expecting: layer.diffID, into: LayerDirectory(directory), driver.layers.deletions,
                on: lower
            )
        }
    }

    /// The first layer below number `depth` that a layer there cannot do without, and that is not there.
    package func missingLayer(below depth: Int, of image: Image) -> SnapshotKey? {
        guard hasLayers else { return nil }
        return image.layers[..<depth].first { !isThere($0) }.map { SnapshotKey(chainID: $0.chainID) }
    }
}

/// The snapshots of an image's layers, which stay as long as this value lives.
package struct HeldLayers: ~Copyable {
    /// The nearest first.
    package let directories: [SnapshotDirectory]
    /// What made them, and makes what lies on them.
    package let snapshots: SnapshotStore
    /// On the uppermost: the others cannot go before it does.
    private let lock: SnapshotLock?

    package init(
        _ directories: [SnapshotDirectory], in snapshots: SnapshotStore, lock: consuming SnapshotLock?
    ) {
        self.directories = directories
        self.snapshots = snapshots
        self.lock = lock
    }
}
