internal import CLinux
internal import Glibc
internal import SystemPackage

/// Writes what the opaque directories of a layer hide as deletions of their own, for a file system that shows too much
/// where an opaque directory lies above another one (``DriverCapabilities/stacksOpaqueDirectories``).
enum OpaqueDirectories {
    /// Replaces the opaque marks in a new layer.
    ///
    /// - Parameters:
    ///   - layer: the layer directory.
    ///   - parents: the layer directories below it, the nearest first.
    /// - Throws: ``SystemCallError`` or ``DiffError``.
    static func spellOut(in layer: FilePath, on parents: [FilePath]) throws {
        let format = DeletionFormat.prefix
        let tree = try TreeRoot(layer)
        let lower = try LowerLayers(parents, format: format)
        let marks = DeletionMarks(format: format)
        // A directory within one that is hidden is hidden too, though it bears no mark.
        var rest = [(path: LayerPath.root, below: try lower.root(), isHidden: false)]
        while let (path, below, isHidden) = rest.popLast() {
            let directory = try tree.open(path)
            let number = directory.rawValue
            let isOpaque = try marks.marks(of: number).isOpaque
            let isHidden = isHidden || isOpaque
            let lower = try lower.open(below, at: path)
            let times = try stat(of: number).modified
            var isSpelledOut = true
            if isHidden {
                for name in try lower.names() {
                    guard case .nothing = try marks.find(name, in: number, DeletionMarks.Directory()) else {
                        continue
                    }
                    let mark = LayerAction.whiteoutPrefix + name
                    // Too long for a mark: better what the file system makes of the opaque one.
                    if mark.count > Int(NAME_MAX) { isSpelledOut = false } else { try make(mark, in: number) }
                }
            }
            if isOpaque && isSpelledOut { try LayerDirectory.remove(LayerAction.opaqueName, in: number) }
            if isHidden { try FileMetadata.setTimes(times, of: number) }
            for name in try LayerDirectory.names(in: number) {
                guard let status = try LayerDirectory.status(name, in: number), status.isDirectory else {
                    continue
                }
                let below = try lower.entry(name)?.directory ?? .absent
                rest.append((path.appending(name), below, isHidden))
            }
        }
    }

    private static func make(_ mark: [UInt8], in directory: Int32) throws(SystemCallError) {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let number = try systemCall("create", String(fileName: mark)) {
            mark.withFileName { clx_openat(directory, $0, flags, 0o444) }
        }
        close(number)
    }
}
