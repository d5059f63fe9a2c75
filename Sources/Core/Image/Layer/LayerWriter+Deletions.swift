internal import CLinux
internal import Glibc
internal import SystemPackage

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
        if let there = try LayerDirectory.status(path.name, in: parent) {
            if there.isDirectory { return try makeOpaque(path, parent) }
            if copiedUp.remove(path) == nil { return }
            try LayerDirectory.remove(path.name, in: parent)
        }
        remainder.hidden.insert(path)
    }

    /// Hides everything that lower layers have in the directory `path`.
    func makeOpaque(_ path: LayerPath, _ entry: TarEntry) throws {
        // The directory is that of a name in it.
        let (inside, number) = try enter(path.appending(LayerAction.opaqueName), for: entry)
        let path = inside.parent
        guard format == .none else { return try makeOpaque(path, number) }
        for name in try LayerDirectory.names(in: number) {
            _ = try removeLower(path.appending(name), in: number)
        }
    }

    /// Hides what lower layers have in a directory of this layer, and what was copied from them into it.
    private func makeOpaque(_ path: LayerPath, _ parent: Int32) throws {
        for copy in copiedUp where copy.lies(in: path) {
            let directory = try tree.open(copy.parent)
            try LayerDirectory.remove(copy.name, in: directory.rawValue)
            copiedUp.remove(copy)
        }
        try mark(opaque: path)
    }

    /// Marks the directory `path` of this layer as opaque.
    func mark(opaque path: LayerPath) throws {
        remainder.opaque.insert(path)
        let directory = try tree.open(path)
        switch format {
        case .prefix:
            try DeletionMarks.create(LayerAction.opaqueName, in: directory.rawValue)
        case .device(let attribute):
            let mark = TarEntry.Attribute(name: attribute, value: [UInt8(ascii: "y")])
            try FileMetadata.set(mark, on: directory.rawValue)
        case .none:
            break
        }
    }

    /// Removes what lower layers left at `path`, and keeps what this one brought; true if nothing is left.
    private func removeLower(_ path: LayerPath, in parent: Int32) throws(SystemCallError) -> Bool {
        guard let status = try LayerDirectory.status(path.name, in: parent) else { return true }
        let isBrought = brought.contains(path)
        guard status.isDirectory else {
            if !isBrought { try LayerDirectory.remove(path.name, in: parent) }
            return !isBrought
        }
        let directory = try LayerDirectory.open(path.name, in: parent)
        var isEmpty = true
        for name in try LayerDirectory.names(in: directory.rawValue) {
            isEmpty = try removeLower(path.appending(name), in: directory.rawValue) && isEmpty
        }
        if isBrought || !isEmpty { return false }
        try LayerDirectory.remove(path.name, in: parent)
        return true
    }
}
