internal import CLinux
internal import Glibc
internal import Host
package import Layers
internal import SystemPackage

extension ImageLayout {
    /// What the names of all files begin with that are no part of the layout.
    static let temporaryPrefix = ".mydocker-"

    /// A place for the files of one operation; makes the layout if there is none.
    func stage() throws -> BlobStaging {
        try Files.makeDirectories(path, mode: 0o700)
        try Files.makeDirectories(blobs)
        return try withLock {
            if !Files.exists(marker) { try replace(marker, LayoutDocument().json()) }
            return try BlobStaging(in: path)
        }
    }

    /// Makes staged files blobs of the layout, and changes the index: both, or neither.
    ///
    /// Whoever looks finds the blobs no later than what refers to them. What this has returned from survives a
    /// power cut.
    ///
    /// - Parameters:
    ///   - staged: the files; they are moved.
    ///   - needed: blobs that the new index refers to and that have to be there already.
    ///   - change: what to do to the index.
    func publish(
        _ staged: [StagedBlob], needing needed: [BlobDescriptor] = [],
        change: (inout IndexDocument) throws -> Void
    ) throws {
        var moved: Set<Digest> = []
        let staged = staged.filter { moved.insert($0.digest).inserted }
        // Slow, so before the lock is taken.
        for blob in staged { try sync(blob.path, O_RDONLY) }
        try changingIndex(change) { index in
            try journaled(staged.map(\.digest)) {
                for blob in staged { try Files.rename(blob.path, to: blobPath(blob.digest)) }
                for blob in needed where !moved.contains(blob.digest) {
                    guard size(of: blob.digest) == blob.size else {
                        throw ImageError.damagedStore(path: blobPath(blob.digest), reason: "it is missing")
                    }
                }
                try sync(blobs, O_RDONLY | O_DIRECTORY)
                try replace(self.index, index)
                try sync(path, O_RDONLY | O_DIRECTORY)
            }
        }
    }

    /// Calls `body` with the changed index as bytes, while nobody else writes to the layout.
    ///
    /// An index of thousands of names takes a while to read and write. So that nobody waits for that, it is done
    /// without the lock, and again if somebody else has changed the index meanwhile.
    private func changingIndex(
        _ change: (inout IndexDocument) throws -> Void, _ body: ([UInt8]) throws -> Void
    ) throws {
        func changed(_ old: [UInt8]?) throws -> [UInt8] {
            var index = try document(ofIndex: old)
            try change(&index)
            return try index.json()
        }
        for _ in 0..<Self.patience {
            let old = try indexBytes()
            let new = try changed(old)
            let isDone = try withLock {
                guard try indexBytes() == old else { return false }
                try body(new)
                return true
            }
            if isDone { return }
        }
        try withLock { try body(changed(indexBytes())) }
    }

    /// How often a change is prepared without the lock, before it is done with it.
    private static let patience = 4

    /// Changes the index and removes the blobs that it needed before and does not need any more.
    ///
    /// - Returns: the blobs that are gone.
    func unpublish(change: (inout IndexDocument) throws -> Void) throws -> [RemovedBlob] {
        try withLock {
            let old = try readIndex()
            var index = old
            try change(&index)
            var candidates = BlobReferences(in: self)
            // An image too damaged to say what it refers to can still be removed.
            let left = Set(index.manifests)
            for entry in old.manifests where !left.contains(entry) { try? candidates.add(entry) }
            let sizes = candidates.digests.map { digest in
                RemovedBlob(digest: digest, size: size(of: digest))
            }
            try journaled(Array(candidates.digests)) {
                try replace(self.index, index.json())
                try sync(path, O_RDONLY | O_DIRECTORY)
                try removeUnneeded(candidates.digests)
            }
            return sizes.filter { $0.size != nil && !Files.exists(blobPath($0.digest)) }
        }
    }

    /// Removes every blob that the index does not need: what tools that were killed have left.
    ///
    /// - Returns: the blobs that are gone.
    package func removeUnneeded() throws -> [RemovedBlob] {
        guard Files.exists(blobs) else { return [] }
        return try withLock {
            let sizes = try unneeded().map { RemovedBlob(digest: $0, size: size(of: $0)) }
            try removeUnneeded(Set(sizes.map(\.digest)))
            return sizes.filter { !Files.exists(blobPath($0.digest)) }
        }
    }

    /// The blobs that the index does not need.
    ///
    /// - Throws: ``ImageError/damagedStore(path:reason:)`` if nobody knows, because the index is lost.
    package func unneeded() throws -> Set<Digest> {
        _ = try readIndex()
        return try unneeded(of: allBlobs())
    }

    /// The files that are called as blobs are.
    func allBlobs() throws -> Set<Digest> {
        guard Files.exists(blobs) else { return [] }
        return Set(try Files.list(blobs).compactMap { try? Digest("sha256:\($0)") })
    }

    private func size(of digest: Digest) -> Int64? {
        Files.status(blobPath(digest)).map { Int64($0.st_size) }
    }

    /// Removes what killed processes have left, if there is anything.
    func removeAbandoned() throws {
        guard let names = try? Files.list(path), names.contains(where: { $0.hasPrefix(Self.temporaryPrefix) })
        else { return }
        try cleanUpIfUnlocked()
    }
}

/// A blob that a layout has lost.
package struct RemovedBlob {
    package let digest: Digest
    /// How many bytes it had; nil if it was not there.
    package let size: Int64?
}
