internal import CLinux
internal import DriverKit
internal import Glibc
internal import Host
package import SystemPackage
internal import Tree

/// Changes that are made in another tree: through the mount of a union, say, so that its file system writes down
/// deletions in its own way.
package struct TreePatch {
    private let changes: [Change]
    private let source: FilePath
    private let target: FilePath

    /// - Parameters:
    ///   - changes: what makes of the target what the source shows.
    ///   - source: where what was added and modified is.
    package init(_ changes: [Change], from source: FilePath, to target: FilePath) {
        self.changes = changes
        self.source = source
        self.target = target
    }

    /// Makes the changes.
    ///
    /// - Parameters:
    ///   - archive: a new file, which holds what is added and modified on its way.
    ///   - skip: is called with the path of each socket, which is left out.
    package func run(through archive: FilePath, skip: @escaping ([UInt8]) -> Void) throws {
        try remove()
        let file = try Descriptor(archive, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
        let sink = BufferedOutput(file.rawValue)
        try LayerArchiver.write(
            changes.filter { $0.kind != .deleted }, of: source, .none, to: TarWriter(sink.write),
            for: .anything, skip: skip)
        try sink.flush()
        guard lseek(file.rawValue, 0, SEEK_SET) == 0 else { throw SystemCallError("lseek", archive) }
        let reader = TarReader(FileSource(file.rawValue), endMarker: .required)
        let writer = LayerWriter(
            try LayerDirectory(target), format: .none, content: .files(owner: nil))
        while let entry = try reader.next() { try writer.write(entry, from: reader) }
        try writer.finish()
    }

    /// Removes what is deleted, and what becomes something of another type.
    private func remove() throws {
        let (old, new) = (try TreeRoot(target), try TreeRoot(source))
        for change in changes where change.kind != .added {
            let path = try LayerPath(change.path)
            if path.isRoot { continue }
            let parent = try old.open(path.parent)
            guard let status = try LayerDirectory.status(path.name, in: parent.rawValue) else { continue }
            if change.kind == .modified {
                let place = try new.open(path.parent)
                let successor = try LayerDirectory.status(path.name, in: place.rawValue)
                if status.isDirectory, successor?.isDirectory == true { continue }
            }
            try LayerDirectory.remove(Array(path.name), in: parent.rawValue)
        }
    }

    /// Gives what is changed its times once more, where it really is: a directory of the changes, not of the whole tree.
    package func setTimes(in layer: FilePath) throws {
        let (written, tree) = (try TreeRoot(layer), try TreeRoot(source))
        // What is in a directory before itself.
        for change in changes.reversed() where change.kind != .deleted {
            let path = try LayerPath(change.path)
            let name = path.isRoot ? [UInt8(ascii: ".")] : Array(path.name)
            let parent = try written.open(path.parent)
            let original = try tree.open(path.parent)
            guard let status = try LayerDirectory.status(name, in: original.rawValue),
                try LayerDirectory.status(name, in: parent.rawValue) != nil
            else { continue }
            let number = parent.rawValue
            try systemCall("utimensat", path.displayName) {
                name.withFileName {
                    utimensat(number, $0, [status.st_atim, status.st_mtim], AT_SYMLINK_NOFOLLOW)
                }
            }
        }
    }

    /// The first path at which the two trees differ now, of those that the changes are about; sockets do not count.
    package func firstDifference() throws -> Change? {
        let places = Set(
            try changes.map { change in
                let path = try LayerPath(change.path)
                return FilePath(bytes: path.isRoot ? [] : path.parent.bytes)
            })
        let found = try Changes.ofLayer(target, on: [source], format: .none, only: places)
        let tree = try TreeRoot(source)
        return try found.first { change in
            let path = try LayerPath(change.path)
            if path.isRoot { return false }
            guard change.kind == .deleted else {
                // Of a directory only what is in it may differ, which is listed too.
                return change.kind == .added || !found.contains { $0.path.starts(with: change.path + [0x2f]) }
            }
            let status = try LayerDirectory.status(path.name, in: tree.open(path.parent).rawValue)
            return status?.type != S_IFSOCK
        }
    }
}
