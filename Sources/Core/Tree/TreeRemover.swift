internal import CLinux
internal import Glibc
internal import Host
internal import SystemPackage

/// One removal of a tree; see ``TreeRemoval``.
struct TreeRemover: ~Copyable {
    private let tree: FilePath
    /// The directory whose entries are being removed.
    private var directory: Descriptor
    /// The directories from the one that holds the tree down to `directory`.
    private var levels: [Level]
    private var boundary: MountBoundary
    private var firstError: TreeError?

    private struct Level {
        let entry: DirectoryEntry?
        let id: FileID
        /// What is still there, as far as it was when the directory was read.
        var pending: [DirectoryEntry]
    }

    /// A removal of `name` in the directory of `tree`.
    init(_ tree: FilePath, name: EntryName, boundary: MountBoundary = MountBoundary()) throws(SystemCallError)
    {
        let above = tree.parent
        let directory = try Descriptor(above.isEmpty ? "." : above, O_RDONLY | O_DIRECTORY)
        let root = DirectoryEntry(name: name, type: try stat(of: name, in: directory.rawValue).type)
        let level = Level(entry: nil, id: try FileID(of: directory.rawValue), pending: [root])
        self.tree = tree
        self.boundary = boundary
        self.directory = directory
        levels = [level]
    }

    /// Removes so many entries, or everything.
    ///
    /// - Returns: whether there is nothing left to do.
    mutating func run(atMost entries: Int = .max) throws(TreeError) -> Bool {
        var left = entries
        while try step() {
            left -= 1
            if left == 0 { return false }
        }
        if let firstError { throw firstError }
        return true
    }

    /// Removes one more entry, or begins or completes a directory.
    ///
    /// - Returns: false if there is nothing left to do.
    mutating func step() throws(TreeError) -> Bool {
        guard let deepest = levels.indices.last else { return false }
        if let entry = levels[deepest].pending.popLast() {
            record(entry, attempting: { remover throws(SystemCallError) in try remover.remove(entry) })
            return true
        }
        let done = levels.removeLast()
        guard let entry = done.entry, let above = levels.last else { return false }
        try ascend(from: entry.name, to: above.id)
        record(entry, attempting: { remover throws(SystemCallError) in try remover.removeEmptied(entry) })
        return true
    }

    private mutating func ascend(from name: EntryName, to id: FileID) throws(TreeError) {
        do throws(SystemCallError) {
            if let parent = try Descriptor.parent(of: directory.rawValue, expected: id) {
                directory = parent
                return
            }
        } catch {
            throw firstError ?? TreeError(error, tree: tree, path: path(of: name))
        }
        // Where it is now is none of our business.
        throw firstError ?? .moved(tree: tree, path: path(of: name))
    }

    /// Removes a file or an empty directory, or starts with the content of a full one.
    private mutating func remove(_ entry: DirectoryEntry) throws(SystemCallError) {
        // rmdir(2) first: it needs no look inside, and on a mount point it is EBUSY whatever is mounted there.
        switch try unlink(entry, isDirectory: entry.type == S_IFDIR) {
        case .isDirectory: if try unlink(entry, isDirectory: true) == .isFull { try enter(entry) }
        case .isFile: _ = try unlink(entry, isDirectory: false)
        case .isFull: try enter(entry)
        case .gone: break
        }
    }

    private mutating func removeEmptied(_ entry: DirectoryEntry) throws(SystemCallError) {
        if try unlink(entry, isDirectory: true) != .gone {
            throw SystemCallError("rmdir", errno: .directoryNotEmpty)
        }
    }

    private mutating func enter(_ entry: DirectoryEntry) throws(SystemCallError) {
        let child = try boundary.open(entry.name, in: directory.rawValue, O_RDONLY | O_DIRECTORY)
        let pending = try DirectoryEntry.all(in: child.rawValue)
        levels.append(Level(entry: entry, id: try FileID(of: child.rawValue), pending: pending))
        directory = child
    }

    private enum Outcome {
        case gone, isFull, isDirectory, isFile
    }

    private mutating func unlink(
        _ entry: DirectoryEntry, isDirectory: Bool
    ) throws(SystemCallError) -> Outcome {
        let number = directory.rawValue
        var mayClearFlags = true
        while true {
            if unlinkat(number, entry.name.bytes, isDirectory ? AT_REMOVEDIR : 0) == 0 { return .gone }
            let errno = cErrno
            switch errno {
            case ENOENT: return .gone
            case ENOTEMPTY where isDirectory, EEXIST where isDirectory: return .isFull
            case EISDIR where !isDirectory: return .isDirectory
            case ENOTDIR where isDirectory: return .isFile
            case EINTR: continue
            case EPERM where mayClearFlags:
                mayClearFlags = false
                if try clearFlags(of: entry.name) { continue }
                throw SystemCallError(isDirectory ? "rmdir" : "unlink", errno: .notPermitted)
            case EBUSY:
                // EXDEV if that is because of a mount.
                _ = try boundary.open(entry.name, in: number, clx_O_PATH)
                throw SystemCallError(isDirectory ? "rmdir" : "unlink", errno: .resourceBusy)
            default:
                throw SystemCallError(isDirectory ? "rmdir" : "unlink", errno: Errno(rawValue: errno))
            }
        }
    }

    /// Takes the flags that forbid a removal from an entry and from the directory that holds it, unless that
    /// one is outside of the tree.
    ///
    /// - Returns: whether there were any.
    private mutating func clearFlags(of name: EntryName) throws(SystemCallError) -> Bool {
        var cleared = false
        if levels.count > 1 { cleared = try InodeFlags.allowRemoval(of: directory.rawValue) }
        // Others have no flags, and a device would even take the call for its own.
        let type = try stat(of: name, in: directory.rawValue).type
        guard type == S_IFREG || type == S_IFDIR else { return cleared }
        let file = try boundary.open(name, in: directory.rawValue, O_RDONLY | O_NONBLOCK | O_NOCTTY)
        return try InodeFlags.allowRemoval(of: file.rawValue) || cleared
    }

    private mutating func record(
        _ entry: DirectoryEntry,
        attempting body: (inout TreeRemover) throws(SystemCallError) -> Void
    ) {
        do throws(SystemCallError) {
            try body(&self)
        } catch {
            guard firstError == nil else { return }
            let path = path(of: entry.name)
            firstError =
                error.errno == .improperLink
                ? .mounted(tree: tree, path: path) : TreeError(error, tree: tree, path: path)
        }
    }

    /// The path of an entry of `directory`, relative to the tree.
    private func path(of name: EntryName) -> FilePath {
        guard levels.count > 1 else { return "" }
        return FilePath(names: levels.dropFirst(2).compactMap { $0.entry?.name } + [name])
    }
}
