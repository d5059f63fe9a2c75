internal import CLinux
internal import Glibc
internal import SystemPackage

/// What is left to be done to a layer when all its entries are written: what had to wait until its directories were
/// full, and until the layers below it were there.
struct LayerRemainder {
    /// What is set once a directory is full.
    struct Late {
        var time: TarTime
        var defaultACL: TarEntry.Attribute?
    }

    let format: DeletionFormat
    /// Whether there was an entry for the root directory itself.
    var hasWrittenRoot = false
    /// Whether a file was kept in ``LayerAction/asidePath``.
    var hasAside = false
    /// What the layer deletes; its own content, and what lies in its opaque directories, is not among it.
    var hidden: Set<LayerPath> = []
    /// The directories in which nothing of lower layers shows.
    var opaque: Set<LayerPath> = []
    private var late: [Int32: Late] = [:]
    /// Directories that are as a lower layer has them.
    private var copied: Set<Int32> = []
    private var names = LayerNames()

    init(_ format: DeletionFormat) {
        self.format = format
    }

    /// Notes what an archive, or nobody, says about the directory `path`.
    mutating func set(_ late: Late, of path: LayerPath) {
        let number = names.add(path)
        self.late[number] = late
        copied.remove(number)
    }

    /// Notes that the directory `path` is to keep the time that it has, unless the layer gives it another.
    mutating func keepTime(of path: LayerPath, _ time: () throws -> TarTime) throws {
        let number = names.add(path)
        if late[number] == nil { late[number] = Late(time: try time()) }
    }

    /// Notes that the directory `path` is to be as the layers below have it.
    mutating func copy(_ path: LayerPath) {
        let number = names.add(path)
        late[number] = nil
        copied.insert(number)
    }

    /// True if what lower layers have at `path` shows through this layer's marks.
    func showsLower(_ path: LayerPath) -> Bool {
        if hidden.isEmpty && opaque.isEmpty { return true }
        if hidden.contains(path) { return false }
        var above = path
        while !above.isRoot {
            above = above.parent
            if opaque.contains(above) || hidden.contains(above) { return false }
        }
        return true
    }

    /// Finishes the layer in `tree`.
    ///
    /// - Throws: ``SystemCallError``, ``ImageError`` or ``DiffError``.
    func finish(in tree: LayerDirectory, on below: LowerUnion) throws {
        if hasAside { try LayerDirectory.remove(LayerAction.asideName, in: tree.root.rawValue) }
        try writeMarks(in: tree, on: below)
        for number in copied {
            let path = names.path(of: number)
            do { try copy(path, in: tree, from: below) } catch let error as SystemCallError {
                throw ImageError.failedEntry(name: path.displayName, error)
            }
        }
        for (number, late) in late {
            guard let directory = try open(names.path(of: number), in: tree) else { continue }
            if let acl = late.defaultACL { try FileMetadata.set(acl, on: directory.rawValue) }
            try FileMetadata.setTimes(late.time, of: directory.rawValue)
        }
    }

    /// Marks what is deleted, if there is anything to delete: some file systems show the name of a mark that is for
    /// nothing.
    private func writeMarks(in tree: LayerDirectory, on below: LowerUnion) throws {
        // What is in one directory comes together.
        for path in hidden.sorted(by: { $0.bytes.lexicographicallyPrecedes($1.bytes) }) {
            guard showsLower(path.parent), !opaque.contains(path.parent), try below.find(path) != nil,
                let parent = try open(path.parent, in: tree)
            else { continue }
            let number = parent.rawValue
            do throws(SystemCallError) {
                if case .prefix = format {
                    try DeletionMarks.create(LayerAction.whiteoutPrefix + path.name, in: number)
                } else {
                    try systemCall("mknod") {
                        path.name.withFileName { clx_mknodat(number, $0, S_IFCHR, 0, 0) }
                    }
                }
            } catch {
                throw ImageError.failedEntry(name: path.displayName, error)
            }
        }
    }

    private func copy(_ path: LayerPath, in tree: LayerDirectory, from below: LowerUnion) throws {
        guard let directory = try open(path, in: tree), let found = try below.find(path) else { return }
        let source = try LayerDirectory.open(path.name, in: found.parent)
        try Metadata.apply(
            found.status, from: source.rawValue, to: directory.rawValue, except: format.ownAttributes)
    }

    /// A directory of the layer; nil if a later entry has taken its place.
    private func open(_ path: LayerPath, in tree: LayerDirectory) throws(SystemCallError) -> Descriptor? {
        do throws(SystemCallError) { return try tree.open(path) } catch  where error.isMissingDirectory {
            return nil
        }
    }
}

extension SystemCallError {
    /// True if a directory is not there, or something else is in its place.
    var isMissingDirectory: Bool {
        errno == .noSuchFileOrDirectory || errno == .notDirectory || errno == .tooManySymbolicLinkLevels
    }
}
