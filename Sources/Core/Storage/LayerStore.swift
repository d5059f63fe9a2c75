internal import CLinux
internal import Glibc
internal import SystemPackage

/// The layers of images as snapshots of one driver.
struct LayerStore {
    let snapshots: SnapshotStore

    init(_ snapshots: SnapshotStore) {
        self.snapshots = snapshots
    }

    /// The layer directories of an image as they are, or would be; the nearest (uppermost) first.
    ///
    /// Without a union one directory is the whole tree.
    func directories(of image: Image) -> [FilePath] {
        let layers = isUnion ? image.layers : image.layers.suffix(1)
        return layers.reversed().map { directory(of: $0).layer }
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
    func hold(
        _ image: Image, from images: ImageStore, progress: (any ByteProgress)? = nil
    ) throws -> HeldLayers {
        guard let top = image.layers.last else { return HeldLayers(directories: [], lock: nil) }
        while true {
            if let held = try held(image, by: top) { return held }
            if let limit = driver.capabilities.layerLimit, image.layers.count > limit {
                // Nothing is unpacked that cannot be mounted.
                throw StorageError.tooManyLayers(
                    driver: driver.name, layers: image.layers.count, limit: limit)
            }
            let missing = image.layers.filter { !Files.isDirectory(directory(of: $0).path) }
            let meter = ByteMeter(progress, total: missing.reduce(0) { $0 + $1.size })
            defer { meter?.end() }
            if isUnion {
                try unpackMissing(of: image, from: images, meter)
            } else {
                try unpackTree(of: image, from: images, meter)
            }
        }
    }

    /// The layers, if all are there.
    private func held(_ image: Image, by top: Image.Layer) throws(SnapshotError) -> HeldLayers? {
        let directories = directories(of: image)
        guard let lock = try lockIfThere(top), directories.allSatisfy(Files.isDirectory) else { return nil }
        return HeldLayers(directories: directories, lock: lock)
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
    private var isUnion: Bool { driver.deletionFormat != .none }

    private func directory(of layer: Image.Layer) -> SnapshotDirectory {
        snapshots.directory(of: SnapshotKey(chainID: layer.chainID))
    }

    /// Unpacks all layers that are missing at the same time, and publishes them together.
    ///
    /// Two processes may do so at once: the first to publish wins, and the content is the same.
    private func unpackMissing(of image: Image, from images: ImageStore, _ meter: ByteMeter?) throws {
        let first = image.layers.firstIndex { !Files.isDirectory(directory(of: $0).path) } ?? 0
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
        defer { try? TreeRemoval.remove(temporary) }
        let format = driver.deletionFormat
        let made = try inParallel(missing.indices.map { $0 }) { index in
            let made = SnapshotDirectory(temporary.appending("\(index)"))
            try made.create(on: nil)
            let bringsRoot = try Self.unpack(
                missing[index], from: images, into: made.layer, format, meter)
            return (directory: made, bringsRoot: bringsRoot)
        }
        // A union shows the uppermost root: a layer that says nothing of its own shows the one below.
        var below = first == 0 ? nil : directory(of: image.layers[first - 1]).layer
        for (directory, bringsRoot) in made {
            if !bringsRoot, let below { try directory.takeRoot(from: below) }
            below = directory.layer
        }
        if format == .prefix && !driver.capabilities.stacksOpaqueDirectories {
            var lower = image.layers[..<first].reversed().map { directory(of: $0).layer }
            for (directory, _) in made {
                try OpaqueDirectories.spellOut(in: directory.layer, on: lower)
                lower.insert(directory.layer, at: 0)
            }
        }
        try SnapshotDirectory.sync(temporary)
        try snapshots.publish(
            chain: zip(made, missing).map { ($0.directory.path, SnapshotKey(chainID: $1.chainID)) },
            on: first == 0 ? nil : SnapshotKey(chainID: image.layers[first - 1].chainID))
    }

    /// Makes the whole tree of an image: on a copy of the nearest of its layers whose tree there is already.
    private func unpackTree(of image: Image, from images: ImageStore, _ meter: ByteMeter?) throws {
        guard let top = image.layers.last else { return }
        let place = try LiveDirectory.makeUnique(in: snapshots.store.temporary, store: snapshots.store)
        defer { try? TreeRemoval.remove(place.path) }
        let made = SnapshotDirectory(place.path.appending("snapshot"))
        let start = image.layers.lastIndex { Files.isDirectory(directory(of: $0).path) }
        if let start {
            let base = image.layers[start]
            guard let lock = try lockIfThere(base) else { return }
            let parent = directory(of: base).layer
            try made.create(on: parent)
            try driver.prepare(made, on: [parent], access: .readWrite)
            _ = consume lock
        } else {
            try made.create(on: nil)
        }
        for layer in image.layers[(start.map { $0 + 1 } ?? 0)...] {
            _ = try Self.unpack(layer, from: images, into: made.layer, driver.deletionFormat, meter)
        }
        try SnapshotDirectory.sync(made.path)
        try snapshots.publish(chain: [(made.path, SnapshotKey(chainID: top.chainID))], on: nil)
    }

    /// Unpacks layer number `depth` of an image once more, or without a union the whole tree up to it.
    func remake(_ image: Image, upTo depth: Int, in made: SnapshotDirectory) throws {
        let images = ImageStore(at: snapshots.store.images)
        try made.create(on: nil)
        var bringsRoot = true
        for layer in image.layers[(isUnion ? depth : 0)...depth] {
            bringsRoot = try Self.unpack(layer, from: images, into: made.layer, driver.deletionFormat)
        }
        guard isUnion, !bringsRoot, depth > 0 else { return }
        let below = directory(of: image.layers[depth - 1]).layer
        if Files.isDirectory(below) { try made.takeRoot(from: below) }
    }

    private static func unpack(
        _ layer: Image.Layer, from images: ImageStore, into directory: FilePath, _ format: DeletionFormat,
        _ meter: ByteMeter? = nil
    ) throws -> Bool {
        let blob = try images.open(layer)
        return try LayerUnpacker.unpack(
            blob, mediaType: layer.mediaType, expecting: layer.diffID, into: directory,
            deletionFormat: format,
            meter: meter
        )
    }
}

/// The layer directories of an image, which stay as long as this value lives.
struct HeldLayers: ~Copyable {
    /// The nearest first.
    let directories: [FilePath]
    /// On the uppermost: the others cannot go before it does.
    private let lock: SnapshotLock?

    init(directories: [FilePath], lock: consuming SnapshotLock?) {
        self.directories = directories
        self.lock = lock
    }
}
