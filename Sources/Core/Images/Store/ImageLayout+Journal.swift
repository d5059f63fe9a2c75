internal import CLinux
internal import Glibc
internal import Host
internal import Layers
package import SystemPackage
internal import Tree

extension ImageLayout {
    /// A list of blobs about which the index may be changing: see ``journaled(_:_:)``.
    private var journal: FilePath { path.appending(Self.temporaryPrefix + "journal") }
    private var replacement: FilePath { path.appending(Self.temporaryPrefix + "replacement") }

    /// Runs `body` while nobody else writes to the layout, after removing what dead writers left.
    ///
    /// Not to be nested.
    func withLock<Result>(_ body: () throws -> Result) throws -> Result {
        try exclusively { directory in
            try recover()
            try reap(in: directory)
            return try body()
        }
    }

    /// Removes what dead writers left, unless somebody is writing to the layout, who has begun with that.
    func cleanUpIfUnlocked() throws {
        let lock = try Descriptor(path, O_RDONLY | O_DIRECTORY)
        guard flock(lock.rawValue, LOCK_EX | LOCK_NB) == 0 else { return }
        try recover()
        try reap(in: lock.rawValue)
    }

    /// Runs `body` while nobody else writes to the layout, in whatever state that is.
    ///
    /// - Parameter body: gets the layout's open directory.
    package func exclusively<Result>(_ body: (Int32) throws -> Result) throws -> Result {
        let lock = try Descriptor(path, O_RDONLY | O_DIRECTORY)
        let number = lock.rawValue
        try systemCall("flock", path.string) { flock(number, LOCK_EX) }
        // The lock goes with the descriptor, which is closed at the end of its scope and not before.
        return try body(number)
    }

    /// True if there are blobs, no index, and no publication going on that will bring it.
    ///
    /// Looked at in this order, so that a publication that ends meanwhile is not taken for a loss.
    func hasLostIndex() throws -> Bool {
        try !allBlobs().isEmpty && !Files.exists(journal) && !Files.exists(index)
    }

    /// Gives up what a journal has begun: the index that it was about is lost.
    package func forgetJournal() throws { try removeIfThere(journal) }

    /// Runs `body`, which adds or removes these blobs together with their references.
    ///
    /// However it ends, by an error or by a kill in the middle, those that the index does not refer to are
    /// removed: at once, or by the next one to take the lock.
    func journaled(_ digests: [Digest], _ body: () throws -> Void) throws {
        try removeIfThere(journal)
        try Files.create(journal, digests.map { $0.hex + "\n" }.joined())
        try sync(journal, O_RDONLY)
        do { try body() } catch {
            try? recover()
            throw error
        }
        try Files.remove(journal)
    }

    /// Ends what a journal has begun.
    private func recover() throws {
        guard let bytes = try read(journal, limit: 16 * Self.maximumDocument) else { return }
        // A journal that was not written to its end was followed by nothing.
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        try removeUnneeded(Set(lines.compactMap { try? Digest("sha256:\($0)") }))
        try Files.remove(journal)
    }

    /// Removes those of these blobs that the index does not need.
    func removeUnneeded(_ digests: Set<Digest>) throws {
        for digest in try unneeded(of: digests) { try removeIfThere(blobPath(digest)) }
    }

    /// Those of these blobs that the index does not need; none if nobody can say what it needs.
    func unneeded(of digests: Set<Digest>) throws -> Set<Digest> {
        var needed = BlobReferences(in: self)
        // The very first publication is undone before there is an index.
        let index = Files.exists(index) ? try readIndex() : IndexDocument()
        guard index.unreadable.isEmpty else { return [] }
        for entry in index.manifests {
            do { try needed.add(entry) } catch is ImageError { return [] }
        }
        return digests.subtracting(needed.digests)
    }

    /// Removes the temporary files of dead processes from the layout, which `directory` holds open, locked.
    private func reap(in directory: Int32) throws(SystemCallError) {
        for name in try LayerDirectory.names(in: directory) where name.starts(with: Self.temporaryPrefix.utf8)
        {
            let number = name.withFileName {
                clx_openat(directory, $0, O_RDONLY | O_NOFOLLOW | O_CLOEXEC, 0)
            }
            if number < 0 { continue }
            let file = Descriptor(owning: number)
            if flock(file.rawValue, LOCK_EX | LOCK_NB) == 0 { try LayerDirectory.remove(name, in: directory) }
        }
    }

    package func replace(_ file: FilePath, _ bytes: [UInt8]) throws {
        let new = try Descriptor(replacement, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode: 0o644)
        try new.write(bytes, subject: replacement.string)
        try sync(replacement, O_RDONLY)
        try Files.rename(replacement, to: file)
    }

    package func sync(_ file: FilePath, _ flags: Int32) throws {
        let handle = try Descriptor(file, flags)
        let number = handle.rawValue
        try systemCall("fsync", file.string) { fsync(number) }
    }

    private func removeIfThere(_ file: FilePath) throws {
        do { try Files.remove(file) } catch {
            guard error.errno == .noSuchFileOrDirectory else { throw error }
        }
    }
}
