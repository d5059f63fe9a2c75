internal import SystemPackage

extension ImageStore {
    /// Saves images in an archive; the same images give the same bytes.
    ///
    /// Every blob is checked against its digest on the way. Of an image for several platforms, that for this
    /// machine is saved. The archive gives an image the names by which it was asked for.
    ///
    /// - Parameters:
    ///   - references: names, IDs, or beginnings of IDs.
    ///   - format: the form.
    ///   - destination: where to; a descriptor only for an archive.
    ///   - progress: is told how much of the images has been written.
    /// - Throws: ``ImageError`` or ``SystemCallError``.
    public func save(
        _ references: [String], as format: ArchiveFormat, to destination: SaveDestination,
        progress: (any ByteProgress)? = nil
    ) throws {
        var images: [SavedImage] = []
        for reference in references {
            let (name, entry) = try find(reference)
            let documents = try ImageDocuments(entry, called: reference, from: layout)
            // The same image by several names is in the archive once.
            let digest = documents.manifestBlob.digest
            let known = images.firstIndex { $0.documents.manifestBlob.digest == digest }
            if known == nil { images.append(SavedImage(documents: documents, names: [])) }
            let position = known ?? images.count - 1
            if let name, !images[position].names.contains(name) { images[position].names.append(name) }
        }
        if format == .dockerDirectory, images.count > 1 {
            throw ImageError.malformedImage("a docker-dir", reason: "it can hold one image only")
        }
        let meter = ByteMeter(progress)
        try destination.write(format) { sink in
            let writer = ImageArchiveWriter(layout: layout, sink: sink, meter: meter)
            switch format {
            case .dockerArchive: try writer.writeDockerArchive(images)
            case .dockerDirectory: try writer.writeDirectory(images)
            case .ociArchive, .ociDirectory: try writer.writeLayout(images)
            }
        }
    }
}

/// An image that is to be saved, and its names in the archive.
struct SavedImage {
    let documents: ImageDocuments
    var names: [ImageName]
}
