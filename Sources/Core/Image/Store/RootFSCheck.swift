/// Finds out, entry by entry, whether an archive can become the only layer of an image, without unpacking it.
///
/// The same rules as when it is unpacked (``LayerAction``, ``LayerWriter``), and no deletions: there is nothing
/// below. Memory grows with the names that the archive holds, not with what it claims.
struct RootFSCheck {
    private var directories: Set<LayerPath> = []
    private var others: Set<LayerPath> = []

    /// - Throws: ``ImageError/refusedEntry(name:reason:)``.
    mutating func check(_ entry: TarEntry) throws(ImageError) {
        switch try LayerAction(entry) {
        case .create(let path):
            try checkParents(path, entry)
            if entry.kind == .directory {
                others.remove(path)
                directories.insert(path)
            } else {
                directories.remove(path)
                others.insert(path)
            }
        case .link(let path, let target):
            guard others.contains(target) else {
                throw .refusedEntry(
                    name: entry.displayName,
                    reason:
                        "it is a hard link to \"\(target.displayName.printable)\", which is no earlier file")
            }
            try checkParents(path, entry)
            directories.remove(path)
            others.insert(path)
        case .hide, .makeOpaque:
            throw .refusedEntry(
                name: entry.displayName, reason: "a root file system has nothing to delete (.wh.)")
        }
    }

    private mutating func checkParents(_ path: LayerPath, _ entry: TarEntry) throws(ImageError) {
        var parent = path.parent
        while !parent.isRoot, !directories.contains(parent) {
            if others.contains(parent) {
                throw .refusedEntry(
                    name: entry.displayName, reason: "\(parent.displayName.printable) is no directory")
            }
            directories.insert(parent)
            parent = parent.parent
        }
    }
}
