/// Finds out, entry by entry, whether an archive can become the only layer of an image, without unpacking it.
///
/// The same rules as when it is unpacked (``LayerAction``, ``LayerWriter``), and no deletions: there is nothing
/// below. Memory grows with the names that the archive holds, up to ``maximumNames``, not with what it claims.
struct RootFSCheck {
    /// The most names that are kept in mind: about 1 GiB of memory.
    private static let maximumNames = 1 << 23

    private var names = LayerNames()
    /// Whether the place of each number is a directory; the root's is.
    private var isDirectory = [true]

    /// - Throws: ``ImageError/refusedEntry(name:reason:)``.
    mutating func check(_ entry: TarEntry) throws(ImageError) {
        switch try LayerAction(entry) {
        case .create(let path): try place(path, entry, isDirectory: entry.kind == .directory)
        case .link(let path, let target):
            guard let number = names.number(of: target), !isDirectory[Int(number)] else {
                throw .refusedEntry(
                    name: entry.displayName,
                    reason:
                        "it is a hard link to \"\(target.displayName.printable)\", which is no earlier file")
            }
            // What is there already stays.
            if path != target { try place(path, entry, isDirectory: false) }
        case .hide, .makeOpaque:
            throw .refusedEntry(
                name: entry.displayName, reason: "a root file system has nothing to delete (.wh.)")
        }
    }

    /// Puts something at `path`, in the place of what is there, and makes the directories that it lies in.
    private mutating func place(
        _ path: LayerPath, _ entry: TarEntry, isDirectory isNewDirectory: Bool
    ) throws(ImageError) {
        let components = path.components
        var number: Int32 = 0
        for (index, component) in components.enumerated() {
            let isLast = index == components.count - 1
            if let known = names.number(of: component, in: number) {
                if isDirectory[Int(known)], !isLast || isNewDirectory {
                    number = known
                    continue
                }
                if !isLast {
                    throw .refusedEntry(
                        name: entry.displayName,
                        reason: "\(names.path(of: known).displayName.printable) is no directory")
                }
                if !isDirectory[Int(known)], !isNewDirectory { return }
            }
            guard names.count < Self.maximumNames else {
                throw .refusedEntry(
                    name: entry.displayName, reason: "the archive has more than \(Self.maximumNames) names")
            }
            number = names.add(component, in: number)
            isDirectory.append(!isLast || isNewDirectory)
        }
    }
}
