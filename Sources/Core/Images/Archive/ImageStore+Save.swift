public import Layers
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
        let catalog = try catalog()
        // The same image by several names is in the archive once.
        var places: [Digest: Int] = [:]
        var known: Set<ImageName> = []
        for reference in references {
            let (name, entry) = try catalog.find(reference)
            let place: Int
            if let found = places[entry.digest] {
                place = found
            } else {
                let documents = try ImageDocuments(entry, called: reference, from: layout)
                // An index and what it means may both have been asked for.
                place = places[documents.manifestBlob.digest] ?? images.count
                if place == images.count { images.append(SavedImage(documents: documents, names: [])) }
                places[entry.digest] = place
                places[documents.manifestBlob.digest] = place
            }
            if let name, known.insert(name).inserted { images[place].names.append(name) }
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
