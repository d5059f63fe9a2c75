internal import CLinux
internal import Glibc
internal import Host
internal import Layers
internal import Storage
package import SystemPackage

/// What `run` has to know of images, at hand: no document is read again that has not changed.
///
/// Two kinds of files, made by whoever misses them and of no use to anybody else. `names` says which name means which
/// digest. A file named after a digest has what that image is made of and how it runs; the documents were checked when
/// it was written. Both hold as long as index.json is the same file with the same times and size, and no blob has come
/// or gone (``IndexState``). Everything here can be removed at any time.
package struct ResolvedImages {
    private let images: ImageStore
    private let place: FilePath
    private let remembering: Bool

    /// - Parameter remembering: false to change nothing.
    package init(_ images: ImageStore, in place: FilePath, remembering: Bool) {
        self.images = images
        self.place = place
        self.remembering = remembering
    }

    /// The image called `name`, or nil if there is none, without what only describes it: history, author, labels.
    ///
    /// - Throws: ``ImageError`` or ``SystemCallError``.
    package func image(named name: ImageName) throws -> Image? {
        // Before the index is read: if it changes then, it is not the one that these names are from.
        guard let state = IndexState(of: images.layout) else { return try images.image(named: name) }
        if let names = try? Descriptor(file("names"), O_RDONLY).readAll(limit: 1 << 30, subject: "names"),
            let list = NameList(names, for: state)
        {
            guard let digest = list.digest(of: name) else { return nil }
            if let image = read(digest, name, state) { return image }
        }
        let entries = try images.entries()
        write("names", NameList.bytes(entries, for: state)) { state.isOlder(than: $0) }
        guard let entry = entries.first(where: { $0.name == name }) else { return nil }
        let image = try images.image(name, entry.blob)
        removeStale(entries)
        // On another machine, to which the store may be moved, it would be another one.
        if PlatformChoice.isParticular(image.variant) { return image }
        write(entry.blob.digest.hex, Array("\(state.text)\n".utf8) + image.wireBytes) {
            state.isOlder(than: $0)
        }
        return image
    }

    private func file(_ name: String) -> FilePath { place.appending(name) }

    private func read(_ digest: String, _ name: ImageName, _ state: IndexState) -> Image? {
        guard let bytes = try? Descriptor(file(digest), O_RDONLY).readAll(limit: 1 << 24, subject: digest),
            bytes.starts(with: "\(state.text)\n".utf8)
        else { return nil }
        return try? Image(wireBytes: Array(bytes.dropFirst(state.text.utf8.count + 1)), name: name)
    }

    /// Publishes a file, if it holds when it was written; without it everything goes on as before.
    private func write(_ name: String, _ bytes: [UInt8], if holds: (borrowing Descriptor) -> Bool) {
        guard remembering else { return }
        let new = file("\(name).\(LiveDirectory.randomName())")
        do {
            try Files.makeDirectories(place, mode: 0o700)
            let descriptor = try Descriptor(new, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
            try descriptor.write(bytes, subject: new.string)
            guard holds(descriptor) else { return try Files.remove(new) }
            // Nothing in it tells a file that a power cut left half written.
            try systemCall("fsync", new.string) { fsync(descriptor.rawValue) }
            try Files.rename(new, to: file(name))
        } catch {
            try? Files.remove(new)
        }
    }

    /// Removes what is known of images that are gone, and what a killed process left.
    private func removeStale(_ entries: [(name: ImageName?, blob: BlobDescriptor)]) {
        guard remembering, let names = try? Files.list(place) else { return }
        let digests = Set(entries.map(\.blob.digest.hex))
        for name in names where name != "names" && !digests.contains(name) { try? Files.remove(file(name)) }
    }
}
