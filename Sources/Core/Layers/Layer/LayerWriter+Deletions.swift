internal import CLinux
internal import DriverKit
internal import Glibc
internal import Host
internal import SystemPackage
internal import Tree

/// Deletions speak of lower layers only: what this layer brings under the same name stays, in whichever order the
/// two come. Marks that would hide it are therefore dropped, or turned into an opaque directory.
extension LayerWriter {
    /// Deletes `path` of the lower layers.
    func hide(_ path: LayerPath, _ entry: TarEntry) throws {
        let (path, parent) = try enter(path, for: entry)
        if format == .none {
            _ = try removeLower(path, in: parent)
            return
        }
        if let there = try LayerDirectory.status(path.name, in: parent), try !removeLower(path, in: parent) {
            if there.isDirectory { try mark(opaque: path) }
            return
        }
        remainder.hidden.insert(path)
    }

    /// Hides everything that lower layers have in the directory `path`.
    func makeOpaque(_ path: LayerPath, _ entry: TarEntry) throws {
        // The directory is that of a name in it.
        let (inside, number) = try enter(path.appending(Whiteout.opaqueName), for: entry)
        let path = inside.parent
        for name in try LayerDirectory.names(in: number) where format == .none || !isMark(name) {
            _ = try removeLower(path.appending(name), in: number)
        }
        try mark(opaque: path)
    }

    /// Marks the directory `path` of this layer as opaque.
    func mark(opaque path: LayerPath) throws {
        if format == .none { return }
        remainder.opaque.insert(path)
        // The root of a layer is not opaque to every file system: see ``LayerRemainder``.
        if path.isRoot, format != .prefix { return }
        let directory = try tree.open(path)
        try DeletionMarks(format: format).makeOpaque(directory.rawValue)
    }

    /// Removes what is at `path` because lower layers have it, and keeps what this one brought; true if nothing is
    /// left.
    private func removeLower(_ path: LayerPath, in parent: Int32) throws(SystemCallError) -> Bool {
        guard let status = try LayerDirectory.status(path.name, in: parent) else { return true }
        let isBrought = isBrought(path, status)
        guard status.isDirectory else {
            if !isBrought { try LayerDirectory.remove(path.name, in: parent) }
            copiedUp.remove(path)
            return !isBrought
        }
        // If it stays, what goes from it is no reason for another time.
        if format == .none { remainder.keepTime(of: path, status.modified) }
        let directory = try LayerDirectory.open(path.name, in: parent)
        var isEmpty = true
        for name in try LayerDirectory.names(in: directory.rawValue) where format == .none || !isMark(name) {
            isEmpty = try removeLower(path.appending(name), in: directory.rawValue) && isEmpty
        }
        if isBrought || !isEmpty { return false }
        try LayerDirectory.remove(path.name, in: parent)
        return true
    }

    /// Whether the layer has an entry for what is at `path`, which else it has because of other entries, or because a
    /// whole tree has it already.
    func isBrought(_ path: LayerPath, _ status: stat) -> Bool {
        if format == .none { return brought.contains(path) }
        return status.isDirectory ? !remainder.isImplied(path) : !copiedUp.contains(path)
    }

    /// True for the opaque mark of a directory, which goes with it.
    private func isMark(_ name: [UInt8]) -> Bool { name == Whiteout.opaqueName }
}
