internal import CLinux
internal import Glibc
internal import Host
package import SystemPackage
package import Tree

/// Writes a directory tree as an archive: the same tree gives the same bytes.
///
/// Entries come in the order of a walk, names by their bytes, a directory before its content. What is mounted
/// below is not entered: a directory becomes an empty one, a file an empty file, as in ``TreeCopy``. Each directory
/// is opened by its path, so that no depth is too deep.
package struct TreeArchiver: ~Copyable {
    private let tree: TreeRoot
    private let archiver: EntryArchiver
    /// What is still to be written, the next one last.
    private var pending: [LayerPath] = []
    /// The directory that the last entry is in.
    private var current: LayerPath = .root
    private var directory: Descriptor

    /// Writes the tree at `root` by `writer`, the end of the archive included.
    ///
    /// - Parameters:
    ///   - prefix: what stands in the archive for the root of the tree.
    ///   - skip: is called with the path of each socket, which is left out.
    package static func write(
        _ root: FilePath, to writer: TarWriter, for purpose: EntryArchiver.Purpose = .layer,
        below prefix: LayerPath = .root, skip: @escaping ([UInt8]) -> Void = { _ in }
    ) throws {
        let archiver = EntryArchiver(writer, for: purpose, below: prefix, skip: skip)
        var walk = try TreeArchiver(TreeRoot(root), archiver)
        try archiver.write(directory: walk.directory.rawValue, as: .root)
        try walk.pushContent()
        while let path = walk.pending.popLast() {
            do { try walk.write(path) } catch let error as SystemCallError {
                throw ImageError.failedEntry(name: path.displayName, error)
            }
        }
        try writer.finish()
    }

    private init(_ tree: TreeRoot, _ archiver: EntryArchiver) throws(SystemCallError) {
        self.tree = tree
        self.archiver = archiver
        directory = try tree.open(.root)
    }

    private mutating func write(_ path: LayerPath) throws {
        if !path.isChild(of: current) {
            current = path.parent
            directory = try tree.open(current)
        }
        guard let status = try LayerDirectory.status(path.name, in: directory.rawValue) else {
            throw SystemCallError("lstat", errno: .noSuchFileOrDirectory)
        }
        guard status.isDirectory else {
            try archiver.write(path, in: directory.rawValue, status)
            return
        }
        do {
            directory = try tree.open(path)
            current = path
        } catch {
            guard error.errno == .improperLink else { throw error }
            let mounted = try LayerDirectory.open(path.name, in: directory.rawValue)
            return try archiver.write(directory: mounted.rawValue, as: path)
        }
        try archiver.write(directory: directory.rawValue, as: path)
        try pushContent()
    }

    private mutating func pushContent() throws {
        let names = try LayerDirectory.names(in: directory.rawValue).sorted {
            $1.lexicographicallyPrecedes($0)
        }
        pending += names.map(current.appending)
    }
}
