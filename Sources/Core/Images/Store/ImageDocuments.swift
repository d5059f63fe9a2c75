package import Layers

/// Where an image's documents come from: a layout on disk, or an archive that is being loaded.
package protocol DocumentSource {
    /// The content of a small blob, after its size and digest were found right.
    func content(of blob: BlobDescriptor) throws -> [UInt8]

    /// The error that tells that a blob is not what it should be.
    func malformed(_ blob: BlobDescriptor, _ reason: String) -> ImageError
}

/// The documents that make an image, found and checked.
package struct ImageDocuments {
    /// What describes the manifest; from an index, the entry for this machine.
    let manifestBlob: BlobDescriptor
    package let manifest: ManifestDocument
    package let config: ConfigDocument

    /// An index of an index is unusual, and more has no meaning.
    private static let maximumDepth = 4

    /// The documents of the image that `entry` describes; of an image with variants, the best for this
    /// machine.
    ///
    /// - Parameter name: what messages call it.
    /// - Throws: ``ImageError``, or what the source throws.
    package init(_ entry: BlobDescriptor, called name: String, from source: some DocumentSource) throws {
        guard entry.isIndex else {
            self = try Self(manifest: entry, called: name, from: source)
            return
        }
        var variants: [BlobDescriptor] = []
        var seen: Set<Digest> = []
        try Self.collect(from: entry, source, depth: 1, &seen, &variants)
        if let best = PlatformChoice.here.best(of: variants, platform: \.platform) {
            self = try Self(manifest: best, called: name, from: source)
            return
        }
        // Those that do not say what they are for may be images all the same.
        for variant in variants where variant.platform == nil {
            do {
                self = try Self(manifest: variant, called: name, from: source)
                return
            } catch ImageError.noImage { continue }
        }
        let platforms = Set(variants.compactMap(\.platform?.text)).sorted()
        guard !platforms.isEmpty else {
            throw ImageError.noImage(name: name, type: entry.mediaType)
        }
        throw ImageError.noMatchingPlatform(
            name: name, wanted: Platform.current.text, available: platforms)
    }

    private static func decode<Document: Decodable>(
        _ type: Document.Type, _ blob: BlobDescriptor, _ source: some DocumentSource
    ) throws -> Document {
        let bytes = try source.content(of: blob)
        do { return try Document(json: bytes) } catch {
            throw source.malformed(blob, "it is not the JSON that belongs there")
        }
    }

    /// Finds the images of an index and of the indexes in it, each of which is read once.
    private static func collect(
        from index: BlobDescriptor, _ source: some DocumentSource, depth: Int, _ seen: inout Set<Digest>,
        _ result: inout [BlobDescriptor]
    ) throws {
        guard seen.insert(index.digest).inserted else { return }
        guard depth <= maximumDepth else { throw source.malformed(index, "indexes in indexes") }
        for var child in try decode(IndexDocument.self, index, source).manifests where child.isImage {
            child.platform = child.platform ?? index.platform
            // One for other machines need not be there.
            if child.isIndex, child.platform.map({ PlatformChoice.here.rank(of: $0) != nil }) ?? true {
                try collect(from: child, source, depth: depth + 1, &seen, &result)
            } else {
                result.append(child)
            }
        }
    }

    /// The documents that belong to a manifest.
    private init(manifest blob: BlobDescriptor, called name: String, from source: some DocumentSource) throws
    {
        guard blob.mediaType == MediaType.manifest || blob.mediaType == MediaType.dockerManifest else {
            throw ImageError.unsupportedMediaType(blob.mediaType)
        }
        manifestBlob = blob
        manifest = try Self.decode(ManifestDocument.self, blob, source)
        if let type = Self.artifact(in: manifest) { throw ImageError.noImage(name: name, type: type) }
        for layer in manifest.layers { _ = try MediaType.compression(ofLayer: layer.mediaType) }
        config = try Self.decode(ConfigDocument.self, manifest.config, source)
        guard config.rootfs.diffIDs.count == manifest.layers.count else {
            throw source.malformed(
                blob, "\(manifest.layers.count) layers, but digests of \(config.rootfs.diffIDs.count)")
        }
    }

    /// What a manifest is the manifest of, if that is no image.
    private static func artifact(in manifest: ManifestDocument) -> String? {
        if let type = manifest.artifactType { return type }
        let config = manifest.config.mediaType
        if config != MediaType.config, config != MediaType.dockerConfig { return config }
        return manifest.layers.first { !MediaType.isLayer($0.mediaType) }?.mediaType
    }

    /// Documents that belong together.
    package init(manifestBlob: BlobDescriptor, manifest: ManifestDocument, config: ConfigDocument) {
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
            os: config.os, variant: config.platform.variant, config: config.config ?? ImageConfig(),
            layers: layers,
            history: config.history ?? [])
    }
}
