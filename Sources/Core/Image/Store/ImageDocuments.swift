/// Where an image's documents come from: a layout on disk, or an archive that is being loaded.
protocol DocumentSource {
    /// The content of a small blob, after its size and digest were found right.
    func content(of blob: BlobDescriptor) throws -> [UInt8]

    /// The error that tells that a blob is not what it should be.
    func malformed(_ blob: BlobDescriptor, _ reason: String) -> ImageError
}

/// The documents that make an image, found and checked.
struct ImageDocuments {
    /// What describes the manifest; from an index, the entry for this machine.
    let manifestBlob: BlobDescriptor
    let manifest: ManifestDocument
    let config: ConfigDocument

    /// An index of an index is unusual, and more has no meaning.
    private static let maximumDepth = 4

    /// The documents of the image that `entry` describes; of an image with variants, the one for this machine.
    ///
    /// - Parameter name: what messages call it.
    /// - Throws: ``ImageError``, or what the source throws.
    init(_ entry: BlobDescriptor, called name: String, from source: some DocumentSource) throws {
        func decode<Document: Decodable>(_ type: Document.Type, _ blob: BlobDescriptor) throws -> Document {
            let bytes = try source.content(of: blob)
            do { return try Document(json: bytes) } catch {
                throw source.malformed(blob, "it is not the JSON that belongs there")
            }
        }
        var blob = entry
        var depth = 0
        while blob.mediaType == MediaType.index || blob.mediaType == MediaType.dockerIndex {
            depth += 1
            guard depth <= Self.maximumDepth else { throw source.malformed(blob, "indexes in indexes") }
            let variants = try decode(IndexDocument.self, blob).manifests.filter(\.isImage)
            let match = variants.first { $0.platform?.matches(.current) == true }
            guard let match = match ?? variants.first(where: { $0.platform == nil }) else {
                throw ImageError.noMatchingPlatform(
                    name: name, wanted: "linux/\(Platform.current.architecture)")
            }
            blob = match
        }
        guard blob.mediaType == MediaType.manifest || blob.mediaType == MediaType.dockerManifest else {
            throw ImageError.unsupportedMediaType(blob.mediaType)
        }
        manifestBlob = blob
        manifest = try decode(ManifestDocument.self, blob)
        for layer in manifest.layers { _ = try MediaType.compression(ofLayer: layer.mediaType) }
        let configType = manifest.config.mediaType
        guard configType == MediaType.config || configType == MediaType.dockerConfig else {
            throw ImageError.unsupportedMediaType(configType)
        }
        config = try decode(ConfigDocument.self, manifest.config)
        guard config.rootfs.diffIDs.count == manifest.layers.count else {
            throw source.malformed(
                blob, "\(manifest.layers.count) layers, but digests of \(config.rootfs.diffIDs.count)")
        }
    }

    /// Documents that belong together.
    init(manifestBlob: BlobDescriptor, manifest: ManifestDocument, config: ConfigDocument) {
        self.manifestBlob = manifestBlob
        self.manifest = manifest
        self.config = config
    }

    /// The image that they make.
    func image(_ name: ImageName?) -> Image {
        let diffIDs = config.rootfs.diffIDs
        let chainIDs = Image.chainIDs(of: diffIDs)
        let layers = manifest.layers.indices.map { index in
            let layer = manifest.layers[index]
            return Image.Layer(
                digest: layer.digest, mediaType: layer.mediaType, size: layer.size, diffID: diffIDs[index],
                chainID: chainIDs[index])
        }
        return Image(
            name: name, id: manifest.config.digest, manifestDigest: manifestBlob.digest,
            created: config.created, author: config.author, architecture: config.architecture,
            os: config.os, config: config.config ?? ImageConfig(), layers: layers,
            history: config.history ?? [])
    }
}
