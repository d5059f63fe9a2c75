internal import Layers

/// The images of an archive whose blobs are named by their digests: an OCI image layout, or a directory as skopeo
/// and podman write it for `dir:`.
struct LayoutArchive: DocumentSource {
    private let archive: any ImageArchive
    private let staging: BlobStaging
    private let entries: [BlobDescriptor]
    /// Where a blob is.
    private let place: @Sendable (Digest) -> String

    static let indexName = "index.json"
    /// The annotation in which docker and containerd keep the full name, beside a mere tag in the usual one.
    private static let fullNameAnnotation = "io.containerd.image.name"

    /// The images of an OCI image layout.
    ///
    /// - Parameter index: the content of index.json.
    init(_ archive: any ImageArchive, index: [UInt8], staging: BlobStaging) throws {
        self.archive = archive
        self.staging = staging
        place = { "blobs/sha256/\($0.hex)" }
        do { entries = Self.forThisMachine(try IndexDocument(json: index).manifests.filter(\.isImage)) } catch
        {
            throw ImageError.malformedImage(Self.indexName, reason: "it is not the JSON that belongs there")
        }
    }

    /// The image of a directory in which `manifest` is the content of manifest.json.
    init(directory archive: any ImageArchive, manifest: [UInt8], staging: BlobStaging) throws {
        struct Typed: Decodable { var mediaType: String? }
        self.archive = archive
        self.staging = staging
        let type = try? Typed(json: manifest).mediaType
        let digest = SHA256Hasher.digest(of: manifest)
        place = { $0 == digest ? DockerArchive.manifestName : $0.hex }
        entries = [
            BlobDescriptor(
                mediaType: type ?? MediaType.manifest, digest: digest, size: Int64(manifest.count))
        ]
    }

    /// Of entries that have one name and are for different machines, the best for this one.
    private static func forThisMachine(_ entries: [BlobDescriptor]) -> [BlobDescriptor] {
        var groups: [ImageName: [BlobDescriptor]] = [:]
        for entry in entries { for name in names(of: entry) { groups[name, default: []].append(entry) } }
        var passedOver: Set<BlobDescriptor> = []
        for group in groups.values where Set(group.compactMap(\.platform)).count > 1 {
            guard let best = PlatformChoice.here.best(of: group, platform: \.platform) else { continue }
            passedOver.formUnion(group.filter { $0.platform != nil && $0 != best })
        }
        return entries.filter { !passedOver.contains($0) }
    }

    /// The images, checked; what is none is passed over.
    ///
    /// - Throws: ``ImageError`` or ``SystemCallError``.
    func images() throws -> [ArchivedImage] {
        // One image is often there by several names.
        var known: [Digest: ArchivedImage] = [:]
        var other: ImageError?
        let verified = VerifiedLayers()
        let images = try entries.compactMap { entry -> ArchivedImage? in
            let names = Self.names(of: entry)
            do {
                let image = try known[entry.digest] ?? image(entry, verified)
                known[entry.digest] = image
                return ArchivedImage(
                    entry: image.entry, names: names, id: image.id, blobs: image.blobs, leftOut: image.leftOut
                )
            } catch let error as ImageError {
                guard case .noImage = error else { throw error }
                other = error
                return nil
            }
        }
        if images.isEmpty, let other { throw other }
        return images
    }

    private func image(_ entry: BlobDescriptor, _ verified: VerifiedLayers) throws -> ArchivedImage {
        let title = Self.names(of: entry).first.map { "\($0)" } ?? entry.digest.short
        let documents = try ImageDocuments(entry, called: title, from: self)
        let (manifest, config) = (documents.manifest, documents.config)
        let manifestBlob = try ociManifest(of: documents)
        let layers = try manifest.layers.map { try blob($0) }
        let (_, leftOut) = try verified.verify(Array(zip(layers, config.rootfs.diffIDs)))
        var stored = manifestBlob.descriptor(MediaType.manifest)
        stored.platform = config.platform
        return ArchivedImage(
            entry: stored, names: [], id: manifest.config.digest,
            blobs: [manifestBlob, try blob(manifest.config)] + layers, leftOut: leftOut)
    }

    /// The manifest; one of docker's said in the words of OCI, so that the store holds nothing else.
    private func ociManifest(of documents: ImageDocuments) throws -> StagedBlob {
        if documents.manifestBlob.mediaType == MediaType.manifest { return try blob(documents.manifestBlob) }
        let manifest = documents.manifest
        let layers = try manifest.layers.map { layer in
            layer.retyped(MediaType.layer(try MediaType.compression(ofLayer: layer.mediaType)))
        }
        return try staging.blob(
            ManifestDocument(config: manifest.config.retyped(MediaType.config), layers: layers).json())
    }

    /// A name that is no image name is some other tool's, and the image has none here.
    private static func names(of entry: BlobDescriptor) -> [ImageName] {
        if let full = entry.annotations?[fullNameAnnotation] {
            let prefix = ["docker.io/library/", "docker.io/"].first { full.hasPrefix($0) } ?? ""
            if let name = try? ImageName(String(full.dropFirst(prefix.count))) { return [name] }
        }
        return entry.name.map { [$0] } ?? []
    }

    /// A blob, of the right size and digest.
    private func blob(_ blob: BlobDescriptor, limit: Int64 = .max) throws -> StagedBlob {
        guard let file = try archive.file(place(blob.digest), limit: limit) else {
            throw malformed(blob, "it is not in the archive")
        }
        guard file.digest == blob.digest else {
            throw ImageError.digestMismatch(
                content: place(blob.digest), expected: blob.digest, actual: file.digest)
        }
        guard file.size == blob.size else {
            throw malformed(blob, "it has \(file.size) bytes, and should have \(blob.size)")
        }
        return file
    }

    func content(of blob: BlobDescriptor) throws -> [UInt8] {
        try self.blob(blob, limit: ImageLayout.maximumDocument).content()
    }

    func malformed(_ blob: BlobDescriptor, _ reason: String) -> ImageError {
        .malformedImage(place(blob.digest), reason: reason)
    }
}
