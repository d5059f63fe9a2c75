internal import CLinux
internal import Glibc
internal import Host
internal import Images
internal import Layers
internal import SystemPackage

extension ImageStore {
    /// What the blobs take, for each image and together.
    func diskUsage() throws -> (images: [StoreUsage.ImageUsage], blobs: Int64, unneeded: Int64) {
        guard Files.isDirectory(layout.blobs) else { return ([], 0, 0) }
        var sizes: [Digest: Int64] = [:]
        var all: Int64 = 0
        for name in try Files.list(layout.blobs) {
            let path = layout.blobs.appending(FilePath(name).components)
            guard let status = Files.status(path) else { continue }
            // The unit of st_blocks (stat(2)).
            let bytes = Int64(status.st_blocks) * 512
            all += bytes
            if let digest = try? Digest("sha256:\(name)") { sizes[digest] = bytes }
        }
        // One image may have several names.
        var needs: [Digest: Set<Digest>] = [:]
        var everything: Set<Digest> = []
        for blob in try layout.readIndex().manifests where needs[blob.digest] == nil {
            var references = BlobReferences(in: layout)
            try? references.add(blob)
            needs[blob.digest] = references.digests
            everything.formUnion(references.digests)
        }
        var users: [Digest: Int] = [:]
        for digests in needs.values { for digest in digests { users[digest, default: 0] += 1 } }
        let catalog = try catalog()
        let images = catalog.entries.map { name, blob in
            let mine = needs[blob.digest] ?? []
            func sum(_ digests: some Sequence<Digest>) -> Int64 {
                digests.reduce(0) { $0 + (sizes[$1] ?? 0) }
            }
            return StoreUsage.ImageUsage(
                name: name?.description, id: catalog.id(of: blob).description, bytes: sum(mine),
                shared: sum(mine.filter { users[$0, default: 0] > 1 }))
        }
        let unneeded = sizes.filter { !everything.contains($0.key) }.values.reduce(0, +)
        return (images, all, unneeded)
    }

    /// The blobs that no entry of the index refers to, removed if that is wanted, and what they take of the disk.
    func unneededBlobs(removing: Bool) throws -> [(digest: Digest, size: Int64)] {
        if removing {
            return try layout.removeUnneeded().map { ($0.digest, $0.size ?? 0) }
        }
        return try layout.unneeded().sorted { $0.hex < $1.hex }.compactMap { digest in
            Files.status(layout.blobPath(digest)).map { (digest, Int64($0.st_size)) }
        }
    }
}
