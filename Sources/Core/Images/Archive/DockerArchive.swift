internal import Layers

/// The images of a docker-archive, as `docker save` and `podman save` write it: manifest.json names the
/// configuration and the layers of each image by their paths in the archive.
struct DockerArchive {
    private let archive: any ImageArchive
    private let staging: BlobStaging
    private let items: [Item]

    static let manifestName = "manifest.json"

    /// One image in manifest.json.
    struct Item: Codable {
        package var config: String
        var names: [String]?
        var layers: [String]

        enum CodingKeys: String, CodingKey {
            case config = "Config"
            case names = "RepoTags"
            case layers = "Layers"
        }
    }

    /// - Parameter manifest: the content of manifest.json.
    /// - Throws: ``ImageError/malformedImage(_:reason:)``.
    init(_ archive: any ImageArchive, manifest: [UInt8], staging: BlobStaging) throws {
        self.archive = archive
        self.staging = staging
        do { items = try [Item](json: manifest) } catch {
            throw ImageError.malformedImage(
                Self.manifestName, reason: "it is not the JSON that belongs there")
        }
    }

    /// The images, checked.
    ///
    /// - Throws: ``ImageError`` or ``SystemCallError``.
    func images() throws -> [ArchivedImage] {
        let verified = VerifiedLayers()
        return try items.map { item in
            let config = try file(item.config, limit: ImageLayout.maximumDocument)
            let document: ConfigDocument
            do { document = try ConfigDocument(json: config.content()) } catch is DecodingError {
                throw ImageError.malformedImage(item.config, reason: "it is no image configuration")
            }
            let diffIDs = document.rootfs.diffIDs
            guard diffIDs.count == item.layers.count else {
                throw ImageError.malformedImage(
                    Self.manifestName, reason: "\(item.layers.count) layers, but digests of \(diffIDs.count)")
            }
            let blobs = try item.layers.map { try file($0) }
            let (compressions, leftOut) = try verified.verify(Array(zip(blobs, diffIDs)))
            let layers = zip(blobs, compressions).map { $0.descriptor(MediaType.layer($1)) }
            let manifest = ManifestDocument(config: config.descriptor(MediaType.config), layers: layers)
            let manifestBlob = try staging.blob(manifest.json())
            var entry = manifestBlob.descriptor(MediaType.manifest)
            entry.platform = document.platform
            let names = try (item.names ?? []).map { name throws(ImageError) in try ImageName(name) }
            return ArchivedImage(
                entry: entry, names: names, id: config.digest, blobs: blobs + [config, manifestBlob],
                leftOut: leftOut)
        }
    }

    private func file(_ name: String, limit: Int64 = .max) throws -> StagedBlob {
        guard let blob = try archive.file(name, limit: limit) else {
            throw ImageError.malformedImage(
                Self.manifestName, reason: "it names \"\(name)\", which is not in the archive")
        }
        return blob
    }
}
