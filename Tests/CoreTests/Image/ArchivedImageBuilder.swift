import SystemPackage

@testable import Images
@testable import Layers

/// The parts of an image archive, which a test may spoil before it packs them.
struct ArchivedImageBuilder {
    /// The files by their paths, in the order in which they are packed.
    var files: [(path: String, bytes: [UInt8])] = []
    /// Symbolic links by their paths.
    var links: [(path: String, target: String)] = []

    /// A layer with one file.
    static func layer(_ text: String) throws -> [UInt8] {
        try ArchiveBuilder.make { try $0.file("file-\(text)", text) }
    }

    static func digest(_ bytes: [UInt8]) -> Digest { SHA256Hasher.digest(of: bytes) }

    static func config(_ layers: [[UInt8]]) throws -> [UInt8] {
        try ConfigDocument(
            created: "2020-01-02T03:04:05Z", config: ImageConfig(command: ["sh"]), diffIDs: layers.map(digest)
        ).json()
    }

    /// The archive of docker before 25: a directory for each layer.
    static func docker(
        _ layers: [[UInt8]] = [], names: [String] = ["box:1"], packed: ([UInt8]) throws -> [UInt8] = { $0 }
    ) throws -> ArchivedImageBuilder {
        let layers = layers.isEmpty ? [try layer("one"), try layer("two")] : layers
        var builder = ArchivedImageBuilder()
        let config = try config(layers)
        let configName = "\(digest(config).hex).json"
        builder.files.append((configName, config))
        var paths: [String] = []
        for (number, layer) in layers.enumerated() {
            paths.append("layer\(number)/layer.tar")
            builder.files.append(("layer\(number)/VERSION", Array("1.0".utf8)))
            builder.files.append((paths[number], try packed(layer)))
        }
        let item = DockerArchive.Item(config: configName, names: names, layers: paths)
        builder.files.append(("manifest.json", try [item].json()))
        builder.files.append(("repositories", Array("{}".utf8)))
        return builder
    }

    /// An OCI image layout.
    static func oci(
        _ layers: [[UInt8]] = [], name: String? = "box:1", layerType: String = MediaType.layer,
        configType: String = MediaType.config, manifestType: String = MediaType.manifest,
        packed: ([UInt8]) throws -> [UInt8] = { $0 }
    ) throws -> ArchivedImageBuilder {
        let layers = layers.isEmpty ? [try layer("one"), try layer("two")] : layers
        var builder = ArchivedImageBuilder()
        builder.files.append(("oci-layout", try LayoutDocument().json()))
        let config = builder.add(blob: try config(layers), configType)
        let blobs = try layers.map { builder.add(blob: try packed($0), layerType) }
        let manifest = ManifestDocument(mediaType: manifestType, config: config, layers: blobs)
        var entry = builder.add(blob: try manifest.json(), manifestType)
        if let name { entry.annotations = [BlobDescriptor.nameAnnotation: name] }
        try builder.set(index: [entry])
        return builder
    }

    /// Adds a blob to a layout.
    mutating func add(blob bytes: [UInt8], _ mediaType: String) -> BlobDescriptor {
        let digest = Self.digest(bytes)
        files.append(("blobs/sha256/\(digest.hex)", bytes))
        return BlobDescriptor(mediaType: mediaType, digest: digest, size: Int64(bytes.count))
    }

    mutating func set(index entries: [BlobDescriptor]) throws {
        var index = IndexDocument()
        index.manifests = entries
        self["index.json"] = try index.json()
    }

    /// A file's content; set to nil, it goes.
    subscript(path: String) -> [UInt8]? {
        get { files.first { $0.path == path }?.bytes }
        set {
            let position = files.firstIndex { $0.path == path }
            if let newValue {
                files.insert((path, newValue), at: position ?? files.endIndex)
                if let position { files.remove(at: position + 1) }
            } else if let position {
                files.remove(at: position)
            }
        }
    }

    /// The tar archive.
    func tar() throws -> [UInt8] {
        try ArchiveBuilder.make { archive in
            for (path, bytes) in files {
                try archive.add(path, .file(size: Int64(bytes.count), segments: nil))
                archive.data(bytes)
            }
            for (path, target) in links { try archive.symlink(path, to: target) }
        }
    }
}
