internal import CLinux
internal import DriverKit
internal import Glibc
internal import Host
internal import SystemPackage
package import Tree

/// What is left to be done to a layer when all its entries are written: what had to wait until its directories were
/// full, and until the layers below it were there.
package struct LayerRemainder {
    /// What is set once a directory is full.
    struct Late {
        var time: TarTime
        var defaultACL: ExtendedAttribute?
    }

    let format: DeletionFormat
    /// Whether there was an entry for the root directory itself.
    package var hasWrittenRoot = false
    /// Whether a file was kept in ``LayerAction/asidePath``.
    var hasAside = false
    /// What the layer deletes; its own content, and what lies in its opaque directories, is not among it.
    var hidden: Set<LayerPath> = []
    /// The directories in which nothing of lower layers shows.
    var opaque: Set<LayerPath> = []
    private var late: [Int32: Late] = [:]
    /// Directories that have no entry, but something in them has; those that are true are as a lower layer has them.
    private var implied: [Int32: Bool] = [:]
    private var names = LayerNames()

    init(_ format: DeletionFormat) {
        self.format = format
    }

    /// Notes what an archive says about the directory `path`.
    mutating func set(_ late: Late, of path: LayerPath) {
        let number = names.add(path)
        self.late[number] = late
        implied[number] = nil
    }

    /// Notes that the directory `path` has no entry: it gets the time, or without one is as the layers below have it.
    mutating func imply(_ path: LayerPath, _ time: TarTime?) {
        let number = names.add(path)
        late[number] = time.map { Late(time: $0) }
        implied[number] = time == nil
    }

    /// True if the directory `path` was made for what is in it.
    func isImplied(_ path: LayerPath) -> Bool { names.number(of: path).map { implied[$0] != nil } ?? false }

    /// Notes that the directory `path` is to keep the time that it has, unless the layer gives it another.
    mutating func keepTime(of path: LayerPath, _ time: @autoclosure () throws -> TarTime) rethrows {
        let number = names.add(path)
        if late[number] == nil { late[number] = Late(time: try time()) }
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
    package func finish(in tree: LayerDirectory, on below: LowerUnion) throws {
        if hasAside { try LayerDirectory.remove(LayerAction.asideName, in: tree.root.rawValue) }
        try writeMarks(in: tree, on: below)
        if case .device = format, opaque.contains(.root) { try hideAll(in: tree, from: below) }
        for (number, isLower) in implied where isLower {
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
            do throws(SystemCallError) {
                try DeletionMarks(format: format).makeDeletion(path.name, in: parent.rawValue)
            } catch {
                throw ImageError.failedEntry(name: path.displayName, error)
            }
        }
    }

    /// Hides all that lower layers have, in directories of the layer too: a file system that marks directories by
    /// attributes need not look for one on the root of a layer.
    private func hideAll(in tree: LayerDirectory, from below: LowerUnion) throws {
        let root = try tree.open(.root)
        let marks = DeletionMarks(format: format)
        for name in try below.names().sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            guard let own = try LayerDirectory.status(name, in: root.rawValue) else {
                try marks.makeDeletion(name, in: root.rawValue)
                continue
            }
            guard own.isDirectory else { continue }
            let directory = try LayerDirectory.open(name[...], in: root.rawValue)
            try marks.makeOpaque(directory.rawValue)
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
