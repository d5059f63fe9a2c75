internal import Host
package import Layers

/// The images of a store at one moment, in which each is looked up without reading all of them again.
package final class ImageCatalog {
    /// A line for each name, and for each image that has none.
    package let entries: [(name: ImageName?, blob: BlobDescriptor)]
    private let layout: ImageLayout
    private var places: [ImageName: Int] = [:]
    private var identities: [Digest: Identity] = [:]

    /// What an entry is.
    private enum Identity {
        case image(id: Digest)
        /// Nobody can say.
        case unreadable
        /// Something about an image, and none.
        case other
    }

    init(_ entries: [(name: ImageName?, blob: BlobDescriptor)], in layout: ImageLayout) {
        self.entries = entries
        self.layout = layout
        for (place, entry) in entries.enumerated() { if let name = entry.name { places[name] = place } }
    }

    /// The ID of an image; of one that cannot be read, the digest of its manifest.
    package func id(of entry: BlobDescriptor) -> Digest {
        if case .image(let id) = identity(of: entry) { id } else { entry.digest }
    }

    /// True if other tools have put it there, and it is no image.
    func isOther(_ entry: BlobDescriptor) -> Bool {
        if case .other = identity(of: entry) { true } else { false }
    }

    private func identity(of entry: BlobDescriptor) -> Identity {
        if let known = identities[entry.digest] { return known }
        var identity = Identity.unreadable
        do {
            let documents = try ImageDocuments(entry, called: entry.digest.short, from: layout)
            identity = .image(id: documents.manifest.config.digest)
        } catch ImageError.noImage { identity = .other } catch {}
        identities[entry.digest] = identity
        return identity
    }

    /// The entry of an image by its name.
    func entry(named name: ImageName) -> BlobDescriptor? { places[name].map { entries[$0].blob } }

    /// The entry of the image that a user means, and its name if it was found by that.
    ///
    /// - Throws: ``ImageError``.
    func find(_ reference: String) throws(ImageError) -> (name: ImageName?, blob: BlobDescriptor) {
        let name: ImageName?
        do throws(ImageError) { name = try ImageName(reference) } catch { name = nil }
        if let name, let entry = entry(named: name) { return (name, entry) }
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
            reference, similar: name.map { names(similarTo: $0).map(\.description) } ?? [])
    }

    /// The names that a user may have meant by `name`, the likeliest first: a letter or two apart, the same
    /// with another tag, or the beginning of one another.
    func names(similarTo name: ImageName) -> [ImageName] {
        let wanted = name.repository
        let limit = max(1, min(2, wanted.utf8.count / 3))
        let candidates = entries.compactMap(\.name).compactMap {
            other -> (distance: Int, name: ImageName)? in
            let distance = wanted.editDistance(to: other.repository, atMost: limit)
            let isPart = other.repository.hasPrefix(wanted) || wanted.hasPrefix(other.repository)
            let isSuffix =
                other.repository.hasSuffix("/" + wanted) || wanted.hasSuffix("/" + other.repository)
            guard distance != nil || isPart || isSuffix else { return nil }
            return (distance ?? .max, other)
        }
        return candidates.sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.map(\.name)
    }
}
