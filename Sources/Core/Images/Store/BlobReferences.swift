internal import Host
package import Layers
internal import Storage

/// Which blobs a layout needs: everything that can be reached from its index.
package struct BlobReferences {
    private let layout: ImageLayout
    package private(set) var digests: Set<Digest> = []

    /// Deeper than any image: an index of indexes of manifests of layers.
    private static let maximumDepth = 8

    package init(in layout: ImageLayout) {
        self.layout = layout
    }

    /// Adds a blob and everything that it refers to.
    ///
    /// A blob that is missing refers to nothing. One of a type that this program does not know, if it is JSON,
    /// refers to whatever it calls a digest: other tools keep more than images in a layout.
    ///
    /// - Throws: an ``Explained`` error for a document that is there and cannot be read: nobody can say what it
    ///   refers to.
    package mutating func add(_ blob: BlobDescriptor, depth: Int = 0) throws {
        guard digests.insert(blob.digest).inserted, depth < Self.maximumDepth else { return }
        guard Files.exists(layout.blobPath(blob.digest)) else { return }
        for child in try children(of: blob) { try add(child, depth: depth + 1) }
    }

    private func children(of blob: BlobDescriptor) throws -> [BlobDescriptor] {
        switch blob.mediaType {
        case MediaType.index, MediaType.dockerIndex:
            return try layout.document(IndexDocument.self, blob).manifests
        case MediaType.manifest, MediaType.dockerManifest:
            let manifest = try layout.document(ManifestDocument.self, blob)
            return [manifest.config] + manifest.layers
        case MediaType.config, MediaType.dockerConfig: return []
        case let type where type.hasSuffix("json") && blob.size <= ImageLayout.maximumDocument:
            guard let value = try? layout.document(JSONValue.self, blob) else { return [] }
            return Self.descriptors(in: value)
        default: return []
        }
    }

    private static func descriptors(in value: JSONValue) -> [BlobDescriptor] {
        switch value {
        case .array(let elements): return elements.flatMap(descriptors)
        case .object(let members):
            var result = members.values.flatMap(descriptors)
            if case .string(let text)? = members["digest"], let digest = try? Digest(text) {
                var (type, size) = ("", Int64(0))
                if case .string(let text)? = members["mediaType"] { type = text }
                if case .integer(let number)? = members["size"] { size = number }
                result.append(BlobDescriptor(mediaType: type, digest: digest, size: size))
            }
            return result
        case .null, .bool, .integer, .number, .string: return []
        }
    }
}
