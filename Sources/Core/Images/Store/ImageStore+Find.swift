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
        try catalog().find(reference)
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
