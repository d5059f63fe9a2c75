internal import CLinux
package import DriverKit
internal import Glibc
internal import Host
package import SystemPackage
internal import Tree

/// Writes changes as an OCI layer (OCI image specification, "Image Layer Filesystem Changeset"): the same changes
/// give the same bytes.
///
/// Each deletion is a mark of its own (`.wh.NAME`), and there are no opaque marks: whoever unpacks a layer disagrees
/// on what an opaque mark does to entries of the same layer that come before it, and nobody on the others.
package struct LayerArchiver: ~Copyable {
    private let tree: TreeRoot
    private let format: DeletionFormat
    private let archiver: EntryArchiver
    private let purpose: EntryArchiver.Purpose
    private let writer: TarWriter
    /// The directory that the last entry is in.
    private var current: LayerPath = .root
    private var directory: Descriptor

    /// Writes an archive, its end included.
    ///
    /// - Parameters:
    ///   - changes: what to write, in their order.
    ///   - tree: where what was added or modified is: the layer itself, or the tree of which the layer is the last.
    ///   - format: the form of deletions in it; attributes that the file system keeps for itself are left out.
    ///   - purpose: whether what a layer cannot hold is an error.
    ///   - skip: is called with the path of each socket, which an archive cannot hold.
    /// - Throws: ``ImageError`` for what a layer cannot hold, ``SystemCallError``.
    package static func write(
        _ changes: [Change], of tree: FilePath, _ format: DeletionFormat, to writer: TarWriter,
        for purpose: EntryArchiver.Purpose = .layer, skip: @escaping ([UInt8]) -> Void
    ) throws {
        var archiver = try LayerArchiver(TreeRoot(tree), format, writer, purpose, skip)
        for change in changes {
            let path = try LayerPath(change.path)
            do { try archiver.write(path, change.kind) } catch let error as SystemCallError {
                throw ImageError.failedEntry(name: path.displayName, error)
            }
        }
        try writer.finish()
    }

    private init(
        _ tree: TreeRoot, _ format: DeletionFormat, _ writer: TarWriter, _ purpose: EntryArchiver.Purpose,
        _ skip: @escaping ([UInt8]) -> Void
    ) throws(SystemCallError) {
        self.tree = tree
        self.format = format
        self.writer = writer
        self.purpose = purpose
        archiver = EntryArchiver(writer, for: purpose, skip: skip)
        directory = try tree.open(.root)
    }

    private mutating func write(_ path: LayerPath, _ kind: Change.Kind) throws {
        if kind == .deleted { return try writeDeletion(path) }
        if path.isRoot {
            return try archiver.write(directory: directory.rawValue, as: path, reserved: format)
        }
        if !path.isChild(of: current) {
            current = path.parent
            directory = try tree.open(current)
        }
        guard let status = try LayerDirectory.status(path.name, in: directory.rawValue) else {
            throw SystemCallError("lstat", errno: .noSuchFileOrDirectory)
        }
        if status.isDirectory {
            let child = try LayerDirectory.open(path.name, in: directory.rawValue)
            try archiver.write(directory: child.rawValue, as: path, reserved: format)
        } else if try !archiver.write(path, in: directory.rawValue, status, reserved: format),
            kind == .modified, purpose == .layer
        {
            // What was there before is gone, even though its successor cannot be told.
            try writeDeletion(path)
        }
    }

    private func writeDeletion(_ path: LayerPath) throws {
        if LayerAction.hasReservedName(path) {
            throw ImageError.refusedEntry(
                name: path.displayName, reason: "image layers keep names with .wh. for deletions")
        }
        let mark = path.parent.appending(Whiteout.prefix + path.name)
        if mark.bytes.count > TarReader.maximumName {
            throw ImageError.refusedEntry(
                name: path.displayName, reason: "its name is longer than an archive holds")
        }
        try writer.write(TarEntry(path: mark.bytes, kind: .file(size: 0, segments: nil)))
    }
}
