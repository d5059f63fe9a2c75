internal import CLinux
internal import Glibc
internal import SystemPackage

/// Deletions speak of lower layers only: what this layer brings under the same name stays, in whichever order the
/// two come. Marks that would hide it are therefore dropped, or turned into an opaque directory.
extension LayerWriter {
    /// Deletes `path` of the lower layers.
    func hide(_ path: LayerPath, _ entry: TarEntry) throws {
        let parent = try directory(path.parent, for: entry)
        if format == .none {
            _ = try removeLower(path, in: parent)
            return
        }
        if let there = try LayerDirectory.status(path.name, in: parent) {
            if there.isDirectory { try mark(opaque: path) }
            return
        }
        let name = markName(path)
        if case .prefix = format {
            try createMark(name, in: parent)
        } else {
            try systemCall("mknod", String(fileName: name)) {
                name.withFileName { clx_mknodat(parent, $0, S_IFCHR, 0, 0) }
            }
        }
        hidden.insert(path)
    }

    /// Hides everything that lower layers have in the directory `path`.
    func makeOpaque(_ path: LayerPath, _ entry: TarEntry) throws {
        let number = try directory(path, for: entry)
        guard format == .none else { return try mark(opaque: path) }
        for name in try LayerDirectory.names(in: number) {
            _ = try removeLower(path.appending(name), in: number)
        }
    }

    /// Takes back the deletion of `path` by this layer: something takes its place.
    ///
    /// - Returns: true if there was one.
    @discardableResult
    func unhide(_ path: LayerPath, in parent: Int32) throws -> Bool {
        guard !hidden.isEmpty, hidden.remove(path) != nil else { return false }
        try systemCall("unlink", path.displayName) { markName(path).withFileName { unlinkat(parent, $0, 0) } }
        return true
    }

    /// Marks the directory `path` of this layer as opaque.
    func mark(opaque path: LayerPath) throws {
        let directory = try tree.open(path)
        switch format {
        case .prefix:
            try createMark(LayerAction.opaqueName, in: directory.rawValue)
        case .device(let attribute):
            let mark = TarEntry.Attribute(name: attribute, value: [UInt8(ascii: "y")])
            try FileMetadata.set(mark, on: directory.rawValue)
        case .none:
            break
        }
    }

    private func markName(_ path: LayerPath) -> [UInt8] {
        format == .prefix ? LayerAction.whiteoutPrefix + path.name : Array(path.name)
    }

    private func createMark(_ name: [UInt8], in directory: Int32) throws(SystemCallError) {
        let flags = O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC
        let number = try systemCall("create", String(fileName: name)) {
            name.withFileName { clx_openat(directory, $0, flags, 0o444) }
        }
        close(number)
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
