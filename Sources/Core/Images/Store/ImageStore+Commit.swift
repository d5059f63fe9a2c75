package import Layers
package import Storage

extension ImageStore {
    /// What is said of a new image besides its files.
    package struct Commit {
        /// The name that it gets; nil for none.
        var name: ImageName?
        var author: String?
        var comment: String?
        /// When it was made, in seconds since 1970.
        var created: Int64
        /// The command that has made the changes.
        var createdBy: String
        /// How its configuration differs from its parent's.
        var instructions: [ConfigInstruction]
        /// Its command, if it has no parent.
        var command: [String]

        package init(
            name: ImageName? = nil, author: String? = nil, comment: String? = nil, created: Int64,
            createdBy: String, instructions: [ConfigInstruction], command: [String]
        ) {
            self.name = name
            self.author = author
            self.comment = comment
            self.created = created
            self.createdBy = createdBy
            self.instructions = instructions
            self.command = command
        }
    }

    /// Makes an image of one more layer on top of another image, or of one layer alone.
    ///
    /// The same layer, parent and description make the same image, digest for digest. Everything of it appears at
    /// once, or nothing.
    ///
    /// - Parameters:
    ///   - parent: the image that the layer lies on; nil if the layer is a whole root file system.
    ///   - writeLayer: writes the layer's archive; false if there is nothing in it, so that the image gets no layer.
    /// - Throws: ``ImageError``, ``SystemCallError``, or what `writeLayer` throws.
    package func commit(
        _ commit: Commit, on parent: ImageDocuments?, writeLayer: (TarWriter) throws -> Bool
    ) throws -> Image {
        var config = parent?.config.config ?? ImageConfig(command: commit.command)
        for instruction in commit.instructions { try instruction.apply(to: &config) }
        let staging = try layout.stage()
        let blob = try staging.newBlob()
        let hasLayer = try writeLayer(TarWriter { try blob.write($0) })
        let layer = try blob.finish()
        let created = CreationTime.text(commit.created)
        var document = parent?.config ?? ConfigDocument(config: nil, diffIDs: [])
        document.config = config
        document.created = created
        document.author = commit.author
        // Steps that nobody wrote down are steps all the same: there is one for each layer.
        let known = document.history ?? document.rootfs.diffIDs.map { _ in HistoryEntry() }
        let step = HistoryEntry(
            created: created, createdBy: commit.createdBy, author: commit.author, comment: commit.comment,
            emptyLayer: hasLayer ? nil : true)
        document.history = known + [step]
        var layers = (parent?.manifest.layers ?? []).map { below in
            var below = below
            // A manifest of OCI speaks of layers in OCI's words.
            if let compression = try? MediaType.compression(ofLayer: below.mediaType) {
                below.mediaType = MediaType.layer(compression)
            }
            return below
        }
        if hasLayer {
            document.rootfs.diffIDs.append(layer.digest)
            layers.append(layer.descriptor(MediaType.layer))
        }
        return try publish(
            document, layers: layers, new: hasLayer ? [layer] : [], names: commit.name.map { [$0] } ?? [],
            in: staging)
    }

    /// The image whose uppermost layer is this one; if there are several, the one with that manifest.
    ///
    /// - Throws: ``ImageError`` or ``SystemCallError``.
    package func documents(ofTopLayer key: SnapshotKey, preferring manifest: Digest?) throws
        -> ImageDocuments?
    {
        var found: ImageDocuments?
        var seen: Set<Digest> = []
        for (other, entry) in try entries() where seen.insert(entry.digest).inserted {
            // A damaged image is none of ours.
            guard
                let documents = try? ImageDocuments(
                    entry, called: other.map { "\($0)" } ?? entry.digest.short, from: layout),
                let top = Image.chainIDs(of: documents.config.rootfs.diffIDs).last,
                SnapshotKey(chainID: top) == key
            else { continue }
            if entry.digest == manifest { return documents }
            found = found ?? documents
        }
        return found
    }
}
