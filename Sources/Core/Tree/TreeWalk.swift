internal import CLinux
internal import Glibc
internal import Host
public import SystemPackage

/// What is told of a directory tree that is read from its root down: each directory before what is in it.
public protocol TreeVisitor {
    /// A directory, its entries' names sorted by their bytes: all of them follow, in this order, and then ``leave()``.
    mutating func enter(_ node: TreeNode, entries: [[UInt8]]) throws
    /// Anything else. `content` is open if it is a regular file.
    mutating func add(_ node: TreeNode, content: Int32?) throws
    /// The directory that was entered last is complete.
    mutating func leave() throws
}

/// Something in a directory tree.
public struct TreeNode {
    /// What it is, wherever it is called.
    public let id: FileID
    /// Its type and mode (`st_mode`).
    public let mode: UInt32
    /// Its owner and group.
    public let owner: (user: UInt32, group: UInt32)
    /// What a device stands for.
    public let device: (major: UInt32, minor: UInt32)
    /// How many names it has.
    public let links: Int
    /// Its size, and how much of that is on the disk, in bytes.
    public let size: (apparent: Int64, allocated: Int64)
    /// When its content was changed, in seconds since 1970.
    public let modified: (seconds: Int64, nanoseconds: UInt32)
    /// Its extended attributes, but those that are a file system's own.
    public let attributes: [(name: String, value: [UInt8])]
    /// What a symbolic link says.
    public let target: [UInt8]

    fileprivate init(_ status: stat, _ attributes: [(name: String, value: [UInt8])], target: [UInt8] = []) {
        id = FileID(status)
        mode = status.st_mode
        owner = (status.st_uid, status.st_gid)
        device = (clx_device_major(UInt64(status.st_rdev)), clx_device_minor(UInt64(status.st_rdev)))
        links = Int(status.st_nlink)
        size = (Int64(status.st_size), Int64(status.st_blocks) * 512)
        modified = (Int64(status.st_mtim.tv_sec), UInt32(status.st_mtim.tv_nsec))
        self.attributes = attributes
        self.target = target
    }

    /// True for a directory.
    public var isDirectory: Bool { mode & S_IFMT == S_IFDIR }
}

/// Reads directory trees.
public enum TreeWalk {
    /// Tells a visitor of all in the tree at `path`, itself first; follows no link, and enters no mount.
    ///
    /// - Throws: ``TreeError``, or what the visitor throws.
    public static func read(_ path: FilePath, by visitor: inout some TreeVisitor) throws {
        var directory = try Descriptor(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        var boundary = MountBoundary()
        // Each directory from the root down, and what is not read yet of it, the last first.
        var levels: [(id: FileID, name: EntryName, pending: [DirectoryEntry])] = []
        func failed(_ error: SystemCallError, _ name: EntryName?) -> TreeError {
            let names = levels.dropFirst().map(\.name) + (name.map { [$0] } ?? [])
            return TreeError(error, tree: path, path: FilePath(names: names))
        }
        func enter(_ open: Int32, _ name: EntryName, _ visitor: inout some TreeVisitor) throws {
            let (node, entries): (TreeNode, [DirectoryEntry])
            do throws(SystemCallError) {
                let status = try stat(of: open)
                node = TreeNode(status, try ExtendedAttributes.all(at: .file(open)))
                entries = try DirectoryEntry.all(in: open).sorted {
                    $0.name.unsigned.lexicographicallyPrecedes($1.name.unsigned)
                }
            } catch { throw failed(error, name) }
            try visitor.enter(node, entries: entries.map { Array($0.name.unsigned) })
            levels.append((node.id, name, entries.reversed()))
        }
        try enter(directory.rawValue, EntryName([]), &visitor)
        while let deepest = levels.indices.last {
            guard let entry = levels[deepest].pending.popLast() else {
                try visitor.leave()
                let left = levels.removeLast()
                guard let above = levels.last else { return }
                guard let parent = try Descriptor.parent(of: directory.rawValue, expected: above.id) else {
                    throw failed(SystemCallError("open", errno: .staleNFSFileHandle), left.name)
                }
                directory = parent
                continue
            }
            let opened: OpenEntry
            do throws(SystemCallError) {
                opened = try OpenEntry(entry.name, in: directory.rawValue, &boundary)
            } catch { throw failed(error, entry.name) }
            guard opened.node.isDirectory else {
                try visitor.add(opened.node, content: opened.file)
                continue
            }
            directory = try opened.takeFile(or: entry.name)
            try enter(directory.rawValue, entry.name, &visitor)
        }
    }
}

/// An entry of a directory, open if it can be opened without consequences.
private struct OpenEntry: ~Copyable {
    let node: TreeNode
    private let descriptor: Descriptor?

    init(
        _ name: EntryName, in directory: Int32, _ boundary: inout MountBoundary
    ) throws(SystemCallError) {
        let status = try stat(of: name, in: directory)
        guard status.isDirectory || status.type == S_IFREG else {
            let attributes = try ExtendedAttributes.all(at: .entry(name.bytes, in: directory))
            let target = status.type == S_IFLNK ? try Metadata.linkTarget(name.bytes, in: directory) : [0]
            node = TreeNode(status, attributes, target: target.dropLast().map(UInt8.init(bitPattern:)))
            descriptor = nil
            return
        }
        let flags = O_RDONLY | O_NONBLOCK | (status.isDirectory ? O_DIRECTORY : 0)
        let opened = try boundary.open(name, in: directory, flags)
        // Of what was opened, whatever it has been before.
        let now = try stat(of: opened.rawValue)
        guard now.type == status.type else { throw SystemCallError("open", errno: .staleNFSFileHandle) }
        let attributes = status.isDirectory ? [] : try ExtendedAttributes.all(at: .file(opened.rawValue))
        node = TreeNode(now, attributes)
        descriptor = consume opened
    }

    var file: Int32? {
        switch descriptor {
        case .some(let file): file.rawValue
        case .none: nil
        }
    }

    consuming func takeFile(or name: EntryName) throws(SystemCallError) -> Descriptor {
        guard let descriptor else { throw SystemCallError("open", errno: .staleNFSFileHandle) }
        return descriptor
    }
}

extension EntryName {
    /// The bytes without the zero.
    fileprivate var unsigned: some Collection<UInt8> { bytes.dropLast().lazy.map(UInt8.init(bitPattern:)) }
}
