public import Layers
internal import Storage

extension ImageStore {
    /// Removes a name of an image; with its last name, or by its ID, the image, and the blobs that no other one
    /// needs.
    ///
    /// - Parameters:
    ///   - reference: a name, an ID, or the beginning of one.
    ///   - force: true to remove an image that is in use, or by its ID one that has several names. Containers keep
    ///     what they run on: their layers are unpacked.
    ///   - uses: the containers that there are.
    /// - Throws: ``ImageError/imageInUse(_:container:)``, ``ImageError/severalNames(_:names:)`` or another
    ///   ``ImageError``, or ``SystemCallError``.
    public func remove(_ reference: String, force: Bool = false, uses: [ImageUse] = []) throws -> ImageRemoval
    {
        let catalog = try catalog()
        let found = try catalog.find(reference)
        let id = catalog.id(of: found.blob)
        let all = catalog.entries.filter { catalog.id(of: $0.blob) == id }
        let names = all.compactMap(\.name)
        var victims = all
        if let name = found.name {
            victims = all.filter { $0.name == name }
        } else if names.count > 1, !force {
            throw ImageError.severalNames(reference, names: names.map(\.description))
        }
        if victims.count == all.count, !force, let use = used(by: uses, catalog)[id] {
            throw ImageError.imageInUse(reference, container: use)
        }
        return try remove(victims, catalog)
    }

    /// Removes the images that have no name, and on demand those that no container uses.
    ///
    /// Blobs that nothing refers to, which other tools have left, stay: see ``removeUnneededBlobs()``.
    ///
    /// - Parameters:
    ///   - all: true to remove images with names too.
    ///   - uses: the containers that there are; their images stay.
    /// - Throws: ``ImageError`` or ``SystemCallError``.
    public func prune(all: Bool = false, uses: [ImageUse] = []) throws -> ImageRemoval {
        let catalog = try catalog()
        let used = used(by: uses, catalog)
        return try remove(
            catalog.entries.filter { name, blob in
                (all || name == nil) && !catalog.isOther(blob) && used[catalog.id(of: blob)] == nil
            }, catalog)
    }

    /// Removes every blob that no entry of the index refers to: what other tools that were killed have left.
    ///
    /// Not to be called while another tool is writing to the store: it writes blobs before their index.
    ///
    /// - Returns: the digests of the blobs that are gone, and their size.
    /// - Throws: ``ImageError`` or ``SystemCallError``.
    public func removeUnneededBlobs() throws -> (digests: [Digest], size: Int64) {
        let removed = try layout.removeUnneeded()
        return (removed.map(\.digest), removed.reduce(0) { $0 + ($1.size ?? 0) })
    }

    private func remove(
        _ victims: [(name: ImageName?, blob: BlobDescriptor)], _ catalog: ImageCatalog
    ) throws -> ImageRemoval {
        guard !victims.isEmpty else { return ImageRemoval() }
        var result = ImageRemoval()
        let ids = victims.map { catalog.id(of: $0.blob) }
        let removed = try SpareRoom(besides: path).spend {
            try layout.unpublish { index in
                let there = Set(index.manifests)
                // One that is not there any more has lost its name to another image meanwhile.
                let victims = victims.filter { there.contains($0.blob) }
                // Another tool may have written a name twice.
                index.remove(Set(victims.compactMap(\.name)), and: Set(victims.map(\.blob)))
            }
        }
        let now = try self.catalog()
        let left = Set(now.entries.map { now.id(of: $0.blob) })
        result.untagged = victims.compactMap(\.name).sorted()
        var seen = left
        for id in ids where seen.insert(id).inserted { result.deleted.append(id) }
        result.freed = removed.reduce(0) { $0 + ($1.size ?? 0) }
        return result
    }

    /// The IDs of the images that are in use, each with a container that uses it.
    private func used(by uses: [ImageUse], _ catalog: ImageCatalog) -> [Digest: String] {
        var result: [Digest: String] = [:]
        for use in uses {
            // A container may have outlived its image, or the image its name.
            guard let entry = try? catalog.find(use.image).blob else { continue }
            result[catalog.id(of: entry)] = use.container
        }
        return result
    }
}
