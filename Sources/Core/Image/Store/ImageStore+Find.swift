extension ImageStore {
    /// The image that a user means: its name, its ID, or the beginning of its ID or of its manifest's digest.
    ///
    /// - Throws: ``ImageError/unknownImage(_:similar:)``, ``ImageError/ambiguousImage(_:candidates:)`` or another
    ///   ``ImageError``.
    public func image(_ reference: String) throws -> Image {
        let found = try find(reference)
        return try image(found.name, found.blob)
    }

    /// The entry of the image that a user means, and its name if it was found by that.
    func find(_ reference: String) throws -> (name: ImageName?, blob: BlobDescriptor) {
        let entries = try entries()
        let name: ImageName?
        do throws(ImageError) { name = try ImageName(reference) } catch { name = nil }
        if let name, let entry = entries.first(where: { $0.name == name }) { return entry }
        let isWhole = reference.hasPrefix("sha256:")
        let digits = isWhole ? String(reference.dropFirst(7)) : reference
        if !digits.isEmpty, digits.utf8.count <= 64, digits.utf8.allSatisfy(\.isLowercaseHex) {
            let matches = entries.map(\.blob).filter { blob in
                blob.digest.hex.hasPrefix(digits) || id(of: blob).hex.hasPrefix(digits)
            }
            let ids = Set(matches.map(id))
            if ids.count > 1 {
                throw ImageError.ambiguousImage(reference, candidates: ids.map(\.short).sorted())
            }
            if let match = matches.first { return (nil, match) }
        } else if name == nil {
            // Says what is wrong with it.
            _ = try ImageName(reference)
        }
        throw ImageError.unknownImage(
            reference, similar: try name.map { try names(similarTo: $0).map(\.description) } ?? [])
    }

    /// The ID of an image; of one that cannot be read, the digest of its manifest.
    func id(of entry: BlobDescriptor) -> Digest {
        let documents = try? ImageDocuments(entry, called: entry.digest.short, from: layout)
        return documents?.manifest.config.digest ?? entry.digest
    }

    /// Gives an image one more name; an image that had the name loses it.
    ///
    /// - Throws: ``ImageError`` or ``SystemCallError``.
    public func tag(_ reference: String, as name: ImageName) throws {
        let entry = try find(reference).blob
        _ = try image(name, entry)
        try layout.publish([], needing: [entry]) { $0.add(entry, names: [name]) }
    }
}
