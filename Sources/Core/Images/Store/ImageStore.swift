public import Host
package import Layers
public import SystemPackage

/// The images, in the form that every tool of the field reads and writes: an OCI image layout on disk.
///
/// An image's name is the annotation `org.opencontainers.image.ref.name` of its entry in index.json, in full:
/// "busybox:latest". For skopeo that is `oci:DIRECTORY:busybox:latest` (everything after the second colon is
/// compared with the annotation). Entries whose annotation is no ``ImageName`` belong to other tools: they are
/// kept and not listed. An image whose name another one was given stays, without a name.
///
/// Any number of processes and threads may use a store at once. Nothing is created before something is
/// written; a store that does not exist has no images. A crash leaves nothing that the next command does not
/// remove, and never a name without its image. Blobs are removed with the last image that needs them, and at no
/// time between another image's publication and its name: both are one step under one lock.
public struct ImageStore: Sendable {
    /// The directory of the layout.
    public let path: FilePath

    package var layout: ImageLayout { ImageLayout(path: path) }

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
        guard let entry = try catalog().entry(named: name) else { return nil }
        return try image(name, entry)
    }

    /// All images by name, a line for each name, and those without a name at the end.
    ///
    /// - Throws: ``ImageError`` or ``SystemCallError``.
    public func list() throws -> [ImageSummary] {
        var known: [Digest: ImageDocuments] = [:]
        return try entries().compactMap { name, blob -> ImageSummary? in
            let title = name.map { "\($0)" } ?? blob.digest.short
            do {
                known[blob.digest] =
                    try known[blob.digest] ?? ImageDocuments(blob, called: title, from: layout)
            } catch ImageError.noImage { return nil } catch {}
            return ImageSummary(
                name: name, manifestDigest: blob.digest, image: known[blob.digest]?.image(name))
        }.sorted { left, right in
            guard let first = left.name else { return false }
            guard let second = right.name else { return true }
            return first < second
        }
    }

    /// The names that a user may have meant by `name`, the likeliest first: a letter or two apart, the same
    /// with another tag, or the beginning of one another.
    ///
    /// - Throws: ``ImageError`` or ``SystemCallError``.
    public func names(similarTo name: ImageName) throws -> [ImageName] {
        try catalog().names(similarTo: name)
    }

    /// Opens a layer's blob for ``LayerUnpacker``, which checks its content.
    ///
    /// - Throws: ``ImageError/damagedStore(path:reason:)`` if it is missing or of the wrong size.
    public func open(_ layer: Image.Layer) throws -> Descriptor {
        try layout.open(layer.digest, size: layer.size)
    }

    /// The images of the index.
    ///
    /// If two have the same name (another tool may write "busybox" beside "busybox:latest"), the later one has it.
    package func entries() throws -> [(name: ImageName?, blob: BlobDescriptor)] {
        var seen: Set<ImageName> = []
        return try layout.readIndex().manifests.reversed().compactMap { blob in
            guard blob.isImage, blob.isNameless || blob.name != nil else { return nil }
            return (blob.name.flatMap { seen.insert($0).inserted ? $0 : nil }, blob)
        }.reversed()
    }

    /// The names of all images, whether or not they can be read.
    ///
    /// - Throws: ``ImageError`` or ``SystemCallError``.
    package func names() throws -> [ImageName] { try entries().compactMap(\.name) }

    /// The images of the index, to look things up in.
    package func catalog() throws -> ImageCatalog { ImageCatalog(try entries(), in: layout) }

    package func image(_ name: ImageName?, _ entry: BlobDescriptor) throws -> Image {
        try ImageDocuments(entry, called: name.map { "\($0)" } ?? entry.digest.short, from: layout).image(
            name)
    }
}

extension ImageLayout: DocumentSource {
    package func malformed(_ blob: BlobDescriptor, _ reason: String) -> ImageError {
        .damagedStore(path: blobPath(blob.digest), reason: reason)
    }
}
