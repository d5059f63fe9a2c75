internal import CLinux
internal import Glibc
public import SystemPackage

/// The images, in the form that every tool of the field reads and writes: an OCI image layout on disk.
///
/// An image's name is the annotation `org.opencontainers.image.ref.name` of its entry in index.json, in full:
/// "busybox:latest". For skopeo that is `oci:DIRECTORY:busybox:latest` (everything after the second colon is
/// compared with the annotation). Entries whose annotation is no ``ImageName`` belong to other tools: they are
/// kept and not listed.
///
/// Any number of processes and threads may use a store at once. Nothing is created before something is
/// written; a store that does not exist has no images. A crash leaves blobs that nothing refers to and temporary
/// files that the next import removes, and never a name without its image.
public struct ImageStore: Sendable {
    /// The directory of the layout.
    public let path: FilePath

    var layout: ImageLayout { ImageLayout(path: path) }

    /// The store in the directory `path`, which need not exist.
    public init(at path: FilePath) {
        self.path = path
    }

    /// The image called `name`, or nil if there is none; of an image with variants, the one for this machine.
    ///
    /// The manifest and the configuration are checked against their digests; layers are when they are unpacked.
    ///
    /// - Throws: ``ImageError`` or ``SystemCallError``.
    public func image(named name: ImageName) throws -> Image? {
        guard let entry = try entries().first(where: { $0.name == name }) else { return nil }
        return try image(name, entry.blob)
    }

    /// All images by name; one that is damaged is listed without its size.
    ///
    /// - Throws: ``ImageError`` or ``SystemCallError``.
    public func list() throws -> [ImageSummary] {
        try entries().map { name, blob in
            let image = try? image(name, blob)
            return ImageSummary(
                name: name, manifestDigest: blob.digest, size: image?.layers.reduce(0) { $0 + $1.size },
                created: image?.created)
        }.sorted { $0.name < $1.name }
    }

    /// The names that a user may have meant by `name`, the likeliest first: a letter or two apart, the same
    /// with another tag, or the beginning of one another.
    ///
    /// - Throws: ``ImageError`` or ``SystemCallError``.
    public func names(similarTo name: ImageName) throws -> [ImageName] {
        let wanted = name.repository
        let candidates = try entries().map(\.name).compactMap { other -> (distance: Int, name: ImageName)? in
            let distance = editDistance(Array(wanted.utf8), Array(other.repository.utf8))
            let isPart = other.repository.hasPrefix(wanted) || wanted.hasPrefix(other.repository)
            let isSuffix =
                other.repository.hasSuffix("/" + wanted) || wanted.hasSuffix("/" + other.repository)
            return distance <= max(1, min(2, wanted.utf8.count / 3)) || isPart || isSuffix
                ? (distance, other) : nil
        }
        return candidates.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.map(\.name)
    }

    /// Opens a layer's blob for ``LayerUnpacker``, which checks its content.
    ///
    /// - Throws: ``ImageError/damagedStore(path:reason:)`` if it is missing or of the wrong size.
    public func open(_ layer: Image.Layer) throws -> Descriptor {
        let file = layout.blobPath(layer.digest)
        do {
            let descriptor = try Descriptor(file, O_RDONLY | O_NOFOLLOW)
            let number = descriptor.rawValue
            var status = stat()
            try systemCall("fstat", file.string) { fstat(number, &status) }
            guard Int64(status.st_size) == layer.size else {
                throw ImageError.damagedStore(
                    path: file, reason: "it has \(status.st_size) of \(layer.size) bytes")
            }
            return descriptor
        } catch let error as SystemCallError where error.errno == .noSuchFileOrDirectory {
            throw ImageError.damagedStore(path: file, reason: "it is missing")
        }
    }

    private func entries() throws -> [(name: ImageName, blob: BlobDescriptor)] {
        try layout.readIndex().manifests.compactMap { blob in
            blob.name.map { ($0, blob) }
        }
    }

    func image(_ name: ImageName, _ entry: BlobDescriptor) throws -> Image {
        var blob = entry
        if blob.mediaType == MediaType.index || blob.mediaType == MediaType.dockerIndex {
            let wanted = Platform.current
            let variants = try layout.document(IndexDocument.self, blob).manifests
            let match = variants.first {
                $0.platform?.architecture == wanted.architecture && $0.platform?.os == wanted.os
            }
            guard let match else {
                throw ImageError.noMatchingPlatform(name: "\(name)", wanted: "linux/\(wanted.architecture)")
            }
            blob = match
        }
        guard blob.mediaType == MediaType.manifest || blob.mediaType == MediaType.dockerManifest else {
            throw ImageError.unsupportedMediaType(blob.mediaType)
        }
        let manifest = try layout.document(ManifestDocument.self, blob)
        let config = try layout.document(ConfigDocument.self, manifest.config)
        let diffIDs = config.rootfs.diffIDs
        guard diffIDs.count == manifest.layers.count else {
            throw ImageError.damagedStore(
                path: layout.blobPath(blob.digest),
                reason: "\(manifest.layers.count) layers, but digests of \(diffIDs.count)")
        }
        let chainIDs = Image.chainIDs(of: diffIDs)
        let layers = manifest.layers.indices.map { index in
            let layer = manifest.layers[index]
            return Image.Layer(
                digest: layer.digest, mediaType: layer.mediaType, size: layer.size, diffID: diffIDs[index],
                chainID: chainIDs[index])
        }
        return Image(
            name: name, manifestDigest: blob.digest, created: config.created,
            config: config.config ?? ImageConfig(), layers: layers)
    }
}

extension BlobDescriptor {
    /// The image name in the annotations; nil if there is none.
    var name: ImageName? {
        guard let text = annotations?[Self.nameAnnotation] else { return nil }
        do throws(ImageError) { return try ImageName(text) } catch { return nil }
    }
}

/// How many letters have to be added, removed or changed to make one text of the other (Levenshtein).
private func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var previous = Array(0...right.count)
    for (row, letter) in left.enumerated() {
        var current = [row + 1]
        for (column, other) in right.enumerated() {
            let change = previous[column] + (letter == other ? 0 : 1)
            current.append(min(change, previous[column + 1] + 1, current[column] + 1))
        }
        previous = current
    }
    return previous[right.count]
}
