internal import Glibc
internal import Host
internal import Layers

/// Writes images in the forms that other tools read.
struct ImageArchiveWriter {
    let layout: ImageLayout
    let sink: any ArchiveSink
    /// Counts what is written of blobs.
    var meter: ByteMeter?

    /// An OCI image layout (OCI image specification, "Image Layout").
    func writeLayout(_ images: [SavedImage]) throws {
        var index = IndexDocument()
        var blobs: [Digest: BlobDescriptor] = [:]
        for image in images {
            let manifest = image.documents.manifest
            for blob in [image.documents.manifestBlob, manifest.config] + manifest.layers {
                blobs[blob.digest] = blob
            }
            index.add(image.documents.manifestBlob, names: image.names)
        }
        try sink.write("oci-layout", LayoutDocument().json())
        try sink.write(LayoutArchive.indexName, index.json())
        try sink.makeDirectory("blobs")
        try sink.makeDirectory("blobs/sha256")
        for (digest, blob) in blobs.sorted(by: { $0.key.hex < $1.key.hex }) {
            try copy(blob, to: "blobs/sha256/\(digest.hex)")
        }
    }

    /// The archive of `docker save`, in the form that every docker since 1.10 and podman read.
    func writeDockerArchive(_ images: [SavedImage]) throws {
        var written: Set<String> = []
        var items: [DockerArchive.Item] = []
        for image in images {
            let (manifest, config) = (image.documents.manifest, image.documents.config)
            var layers: [String] = []
            for (layer, diffID) in zip(manifest.layers, config.rootfs.diffIDs) {
                let name = "\(diffID.hex).tar"
                layers.append(name)
                if written.insert(name).inserted { try copyUncompressed(layer, diffID, to: name) }
            }
            let configName = "\(manifest.config.digest.hex).json"
            if written.insert(configName).inserted { try copy(manifest.config, to: configName) }
            items.append(
                DockerArchive.Item(
                    config: configName, names: image.names.map(\.description), layers: layers))
        }
        try sink.write(DockerArchive.manifestName, items.json())
    }

    /// One image with a manifest in docker's words, as skopeo's `dir:` has it.
    func writeDirectory(_ images: [SavedImage]) throws {
        for image in images {
            var manifest = image.documents.manifest
            manifest.mediaType = MediaType.dockerManifest
            manifest.annotations = nil
            manifest.config = manifest.config.retyped(MediaType.dockerConfig)
            var written: Set<Digest> = []
            for (position, diffID) in image.documents.config.rootfs.diffIDs.enumerated() {
                var layer = manifest.layers[position]
                switch try compression(of: layer) {
                case .plain: layer = layer.retyped(MediaType.dockerLayer)
                case .gzip: layer = layer.retyped(MediaType.dockerLayer + ".gzip")
                case .zstd:
                    // There is no word for it.
                    let size = try uncompressedSize(layer)
                    let blob = BlobDescriptor(
                        mediaType: MediaType.dockerLayer, digest: diffID, size: size)
                    if written.insert(diffID).inserted {
                        try copyUncompressed(layer, diffID, to: diffID.hex, size: size)
                    }
                    layer = blob
                }
                if written.insert(layer.digest).inserted { try copy(layer, to: layer.digest.hex) }
                manifest.layers[position] = layer
            }
            try copy(manifest.config, to: manifest.config.digest.hex)
            try sink.write(DockerArchive.manifestName, manifest.json())
            try sink.write("version", Array("Directory Transport Version: 1.1\n".utf8))
        }
    }

    /// Copies a blob as it is, and checks it.
    private func copy(_ blob: BlobDescriptor, to path: String) throws {
        let file = try layout.open(blob.digest, size: blob.size)
        let source = FileSource(file.rawValue)
        try copy(source, size: blob.size, blob.digest, to: path, of: blob)
    }

    private func copyUncompressed(
        _ layer: BlobDescriptor, _ diffID: Digest, to path: String, size: Int64? = nil
    ) throws {
        let size = try size ?? uncompressedSize(layer)
        let file = try layout.open(layer.digest, size: layer.size)
        let source = try MediaType.open(FileSource(file.rawValue), asLayer: layer.mediaType)
        try copy(source, size: size, diffID, to: path, of: layer)
    }

    private func copy(
        _ source: any ByteSource, size: Int64, _ digest: Digest, to path: String, of blob: BlobDescriptor
    ) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 4096)
        defer { buffer.deallocate() }
        var hasher = SHA256Hasher()
        try sink.write(path, size: size) { write in
            var left = size
            while left > 0 {
                let count = try source.read(into: buffer)
                let piece = UnsafeRawBufferPointer(rebasing: buffer[..<Int(min(Int64(count), left))])
                if count == 0 { throw layout.malformed(blob, "it is too short") }
                hasher.update(piece)
                try write(piece)
                meter?.add(piece.count)
                left -= Int64(count)
            }
        }
        let actual = hasher.finish()
        guard actual == digest else {
            throw ImageError.digestMismatch(
                content: "\(layout.blobPath(blob.digest))", expected: digest, actual: actual)
        }
    }

    /// How a layer is compressed, whatever its media type says.
    private func compression(of layer: BlobDescriptor) throws -> Compression {
        let file = try layout.open(layer.digest, size: layer.size)
        return try Compression.sniff(FileSource(file.rawValue)).compression
    }

    /// How large a layer is when it is not compressed: an archive wants to know before.
    private func uncompressedSize(_ layer: BlobDescriptor) throws -> Int64 {
        let file = try layout.open(layer.digest, size: layer.size)
        let (content, compression) = try Compression.sniff(FileSource(file.rawValue))
        if compression == .plain { return layer.size }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 4096)
        defer { buffer.deallocate() }
        var size: Int64 = 0
        while true {
            let count = try content.read(into: buffer)
            if count == 0 { return size }
            size += Int64(count)
        }
    }
}
