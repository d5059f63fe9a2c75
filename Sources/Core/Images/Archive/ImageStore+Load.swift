internal import Host
public import Layers
internal import SystemPackage

/// An image that has been loaded.
public struct LoadedImage: Sendable, Equatable {
    /// Its ID.
    public let id: Digest
    /// The names that the archive gave it.
    public let names: [ImageName]
}

extension ImageStore {
    /// Loads the images of an archive with the names that they have there; images that had the names lose them.
    ///
    /// Every layer is checked by the rules by which it will be unpacked: an image that can never run is not stored.
    ///
    /// It may be a docker-archive or an OCI image layout, as a tar archive, plain, gzip or zstd, or as a
    /// directory; a directory may also be what skopeo calls `dir:`. Every blob is checked against its digest and
    /// every layer against its diffID before anything is published, and either all images are or none is. The
    /// blobs of a layout are kept byte for byte; of an image for several platforms, that for this machine is
    /// loaded.
    ///
    /// - Parameters:
    ///   - source: an archive or a directory.
    ///   - progress: is told how much of an archive has been read.
    ///   - notice: is told, in one line, what of the images will not be there when they run.
    /// - Throws: ``ImageError`` or ``SystemCallError``.
    public func load(
        from source: ImportSource, progress: (any ByteProgress)? = nil, notice: (String) -> Void = { _ in }
    ) throws -> [LoadedImage] {
        let staging = try layout.stage()
        let archive: any ImageArchive
        switch source {
        case .tar(let file):
            archive = try TarImageArchive(
                FileSource(file.rawValue).watched(by: progress), staging: staging)
        case .directory(let path): archive = try DirectoryImageArchive(path, staging: staging)
        }
        let images = try Self.images(in: archive, staging: staging)
        guard !images.isEmpty else {
            throw ImageError.malformedImage("the image archive", reason: "it holds no image")
        }
        try layout.publish(images.flatMap(\.blobs)) { index in
            index.add(images.map { ($0.entry, $0.names) })
        }
        images.reduce(into: Set()) { $0.formUnion($1.leftOut) }.notice.map(notice)
        return images.map { LoadedImage(id: $0.id, names: $0.names) }
    }

    private static func images(
        in archive: any ImageArchive, staging: BlobStaging
    ) throws -> [ArchivedImage] {
        if let manifest = try archive.document(DockerArchive.manifestName) {
            // An array is docker's; an object is the manifest itself, in the one directory that has no index.
            let isArray = manifest.first { !" \t\r\n".utf8.contains($0) } == UInt8(ascii: "[")
            return isArray
                ? try DockerArchive(archive, manifest: manifest, staging: staging).images()
                : try LayoutArchive(directory: archive, manifest: manifest, staging: staging).images()
        }
        guard let index = try archive.document(LayoutArchive.indexName),
            let layout = try archive.document("oci-layout")
        else {
            throw ImageError.malformedImage(
                "the image archive",
                reason: "it has neither manifest.json nor oci-layout and index.json "
                    + "(for a root file system, use image import)")
        }
        guard (try? LayoutDocument(json: layout))?.imageLayoutVersion == "1.0.0" else {
            throw ImageError.malformedImage("oci-layout", reason: "it is of no version that is known")
        }
        return try LayoutArchive(archive, index: index, staging: staging).images()
    }
}

extension Set<String> {
    /// What is said about extended attributes that are left out; nil if there are none.
    var notice: String? {
        isEmpty
            ? nil
            : "extended attributes that Linux does not have are left out: "
                + sorted().map { String($0.prefix(100)).printable }.joined(separator: ", ")
    }
}
