internal import CLinux
internal import Glibc
internal import Host
internal import SystemPackage

/// One copy of a tree; see ``TreeCopy``.
struct TreeCopier: ~Copyable {
    private let source: FilePath
    private let destination: FilePath
    /// The directory that is being copied, and its copy.
    private var from: Descriptor
    private var to: Descriptor
    /// The directories from the root down to those.
    private var levels: [Level]
    private var links: LinkedFiles
    private var content = ContentCopy()
    private var boundary: MountBoundary

    private struct Level {
        /// The directory in `links`.
        let place: LinkedFiles.Place
        package let status: stat
        let copy: FileID
        /// What is not yet copied.
        var pending: [DirectoryEntry]
    }

    init(
        _ source: FilePath, _ destination: FilePath, boundary: MountBoundary = MountBoundary()
    ) throws(SystemCallError) {
        let from = try Descriptor(source, O_RDONLY | O_DIRECTORY)
        let to = try Descriptor(destination, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        let root = try Descriptor(".", O_RDONLY | O_DIRECTORY, at: to.rawValue)
        let level = Level(
            place: .root, status: try stat(of: from.rawValue), copy: try FileID(of: to.rawValue),
            pending: try DirectoryEntry.all(in: from.rawValue))
        // Or everything made in it would inherit its ACL.
        try ExtendedAttributes.removeAccessLists(of: to.rawValue)
        self.source = source
        self.destination = destination
        self.boundary = boundary
        self.from = from
        self.to = to
        levels = [level]
        links = LinkedFiles(root: root)
    }

    mutating func run() throws(TreeError) {
        while try step() {}
    }

    /// Copies one more entry, or completes a directory.
    ///
    /// - Returns: false if there is nothing left to do.
    mutating func step() throws(TreeError) -> Bool {
        guard let deepest = levels.indices.last else { return false }
        if levels[0].copy == FileID(levels[0].status) { throw insideItself }
        guard let entry = levels[deepest].pending.popLast() else {
            try leave()
            return true
        }
        do throws(SystemCallError) {
            if try copy(entry.name, at: levels[deepest].place, root: levels[0].copy) { return true }
        } catch {
            let path = links.path(of: entry.name, in: levels[deepest].place)
            throw error.errno == .staleNFSFileHandle
                ? .moved(tree: source, path: path) : TreeError(error, tree: source, path: path)
        }
        throw insideItself
    }

    private var insideItself: TreeError { .containsItsCopy(tree: source, path: destination) }

    /// The directory is complete: what is said of it comes last, because each new entry changes its times, and
    /// would inherit its ACL and its group.
    private mutating func leave() throws(TreeError) {
        let done = levels.removeLast()
        do throws(SystemCallError) {
            try Metadata.apply(done.status, from: from.rawValue, to: to.rawValue)
            guard let above = levels.last else { return }
            if let source = try Descriptor.parent(of: from.rawValue, expected: FileID(above.status)),
                let copy = try Descriptor.parent(of: to.rawValue, expected: above.copy)
            {
                from = source
                to = copy
                return
            }
        } catch {
            throw TreeError(error, tree: source, path: links.path(of: done.place))
        }
        throw .moved(tree: source, path: links.path(of: done.place))
    }

    /// Copies one entry; a directory is only begun.
    ///
    /// - Returns: false if it is the directory of the copy itself.
    /// - Throws: ``SystemCallError``: ESTALE if it is replaced by something else meanwhile.
    private mutating func copy(
        _ name: EntryName, at place: LinkedFiles.Place, root: FileID
    ) throws(SystemCallError) -> Bool {
        let status = try stat(of: name, in: from.rawValue)
        switch status.type {
        case S_IFDIR:
            if FileID(status) == root { return false }
            try enter(name, status, at: place)
        case S_IFREG:
            try copyFile(name, status, at: place)
        default:
            if try links.link(name, to: status, in: to.rawValue, at: place) { return true }
            try Metadata.makeNode(name, status, from: from.rawValue, to: to.rawValue)
            links.remember(name, status, at: place)
        }
        return true
    }

    private mutating func enter(
        _ name: EntryName, _ expected: stat, at place: LinkedFiles.Place
    ) throws(SystemCallError) {
        let child = try open(name, expected, O_RDONLY | O_DIRECTORY)
        let pending = child.isMount ? [] : try DirectoryEntry.all(in: child.file.rawValue)
        let number = to.rawValue
        try systemCall("mkdir") { mkdirat(number, name.bytes, 0o700) }
        let copy = try MountBoundary.cross(name, in: number, O_RDONLY | O_DIRECTORY)
        if child.isMount {
            return try Metadata.apply(expected, from: child.file.rawValue, to: copy.rawValue)
        }
        levels.append(
            Level(
                place: links.add(name, in: place), status: expected, copy: try FileID(of: copy.rawValue),
                pending: pending))
        from = child.onlyFile()
        to = copy
    }

    private mutating func copyFile(
        _ name: EntryName, _ expected: stat, at place: LinkedFiles.Place
    ) throws(SystemCallError) {
        let opened = try open(name, expected, O_RDONLY | O_NONBLOCK | O_NOCTTY)
        if !opened.isMount {
            if try links.link(name, to: expected, in: to.rawValue, at: place) { return }
        }
        let number = to.rawValue
        let copy = Descriptor(
            owning: try systemCall("create") {
                clx_openat(number, name.bytes, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
            })
        if !opened.isMount {
            try content.copy(from: opened.file.rawValue, to: copy.rawValue, size: Int64(expected.st_size))
            links.remember(name, expected, at: place)
        }
        try Metadata.apply(expected, from: opened.file.rawValue, to: copy.rawValue)
    }

    /// Opens an entry that has been looked at, and makes sure that it still is that one.
    private mutating func open(
        _ name: EntryName, _ expected: stat, _ flags: Int32
    ) throws(SystemCallError) -> Opened {
        var isMount = false
        let file: Descriptor
        do throws(SystemCallError) {
            file = try boundary.open(name, in: from.rawValue, flags)
        } catch {
            switch error.errno {
            case .improperLink: isMount = true
            // It was something else when it was looked at.
            case .tooManySymbolicLinkLevels, .notDirectory:
                throw SystemCallError("open", errno: .staleNFSFileHandle)
            default: throw error
            }
            file = try MountBoundary.cross(name, in: from.rawValue, flags)
        }
        guard try FileID(of: file.rawValue) == FileID(expected) else {
            throw SystemCallError("open", errno: .staleNFSFileHandle)
        }
        return Opened(file: file, isMount: isMount)
    }

    private struct Opened: ~Copyable {
        let file: Descriptor
        let isMount: Bool

        consuming func onlyFile() -> Descriptor { file }
    }
}
