internal import CLinux
internal import Glibc
internal import Host
internal import Images
internal import Layers
internal import SystemPackage

extension ImageLayout {
    /// Makes the marker and the index anew, out of the manifests among the blobs.
    ///
    /// What was in the place of the index is kept beside it, because names are nowhere else.
    ///
    /// - Returns: what was done, for the user.
    func rebuildIndex() throws -> String {
        try exclusively { _ in
            try replace(marker, LayoutDocument().json())
            if Files.exists(index), (try? readIndex()) != nil { return "the marker was written again" }
            let old = path.appending("index.json.damaged")
            let wasThere = Files.exists(index)
            if wasThere { try Files.rename(index, to: old) }
            var document = IndexDocument()
            for entry in try manifests() { document.add(entry, names: []) }
            // What somebody was about to do with the old one cannot be brought to its end.
            try forgetJournal()
            try replace(index, document.json())
            try sync(path, O_RDONLY | O_DIRECTORY)
            return
                "found \(document.manifests.count) images, whose names are lost (give them new ones: mydocker "
                + "tag ID NAME)" + (wasThere ? "; the old file is \(old)" : "")
        }
    }

    /// The blobs that are manifests of images.
    private func manifests() throws -> [BlobDescriptor] {
        let names = Files.isDirectory(blobs) ? try Files.list(blobs).sorted() : []
        return names.compactMap { name in
            guard let digest = try? Digest("sha256:\(name)"), let status = Files.status(blobPath(digest)),
                Int64(status.st_size) <= Self.maximumDocument
            else { return nil }
            let blob = BlobDescriptor(
                mediaType: MediaType.manifest, digest: digest, size: Int64(status.st_size))
            guard let documents = try? ImageDocuments(blob, called: digest.short, from: self) else {
                return nil
            }
            var entry = blob
            entry.platform = Platform(architecture: documents.config.architecture, os: documents.config.os)
            return entry
        }
    }
}
