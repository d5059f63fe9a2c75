internal import CLinux
internal import Glibc
internal import Host
internal import Layers
internal import Mount
package import SystemPackage

/// The digest of a file that never changes any more, kept beside it: `FILE.sha256`, as sha256sum(1) writes it.
package enum FileSeal {
    /// Writes the file's digest down, the whole of it or nothing, and asks the kernel to hold the file to what it is
    /// now (fs-verity, where the file system has it).
    ///
    /// - Throws: ``SystemCallError``.
    static func make(for file: FilePath) throws {
        let digest = try digest(of: file)
        let place = MountStep.digest(of: file)
        let new = FilePath(place.string + ".new")
        do throws(SystemCallError) { try Files.remove(new) } catch {
            guard error.errno == .noSuchFileOrDirectory else { throw error }
        }
        try Files.create(new, "\(digest.hex)  \(file.lastComponent?.string ?? "")\n")
        try Files.rename(new, to: place)
        let descriptor = try Descriptor(file, O_RDONLY | O_NOFOLLOW)
        // Few file systems have it.
        _ = clx_enable_verity(descriptor.rawValue)
    }

    /// Whether a file is what its digest says.
    ///
    /// - Throws: ``SystemCallError``: it cannot be read, which fs-verity sees to.
    static func holds(for file: FilePath) throws -> Bool {
        try Files.read(MountStep.digest(of: file)).prefix { $0 != " " } == digest(of: file).hex
    }

    /// What is wrong with the files in a directory that have a digest beside them; nothing, if nothing is.
    package static func problems(in directory: FilePath) -> [String] {
        let names = (try? Files.list(directory, following: false)) ?? []
        return names.sorted().filter { $0.hasSuffix(MountStep.digestSuffix) }.compactMap { name in
            let name = String(name.dropLast(MountStep.digestSuffix.utf8.count))
            do {
                let file = directory.appending(FilePath(name).components)
                return try holds(for: file) ? nil : "\(name.printable): its digest is not what was recorded"
            } catch {
                return
                    "\(name.printable) cannot be read: \((error as? SystemCallError)?.errno.description ?? error.problem)"
            }
        }
    }

    private static func digest(of path: FilePath) throws -> Digest {
        let file = try Descriptor(path, O_RDONLY | O_NOFOLLOW)
        return try SHA256Hasher.digest(ofAll: FileSource(file.rawValue))
    }
}
