internal import CLinux
internal import Glibc
internal import Host
public import SystemPackage
internal import Tree

/// Writes what the opaque directories of a layer hide as deletions of their own, for a file system that shows too much
/// where an opaque directory lies above another one: what a driver of it does when it finishes a snapshot.
public enum OpaqueDirectories {
    /// Replaces the opaque marks in a layer.
    ///
    /// - Parameters:
    ///   - layer: the layer directory, in the form ``DeletionFormat/prefix``, as all below it.
    ///   - parents: the layer directories below it, the nearest first.
    /// - Throws: ``SystemCallError`` or ``DiffError``.
    public static func spellOut(in layer: FilePath, on parents: [FilePath]) throws {
        let format = DeletionFormat.prefix
        let tree = try TreeRoot(layer)
        let marks = DeletionMarks(format: format)
        // The layers below are looked at only where something is hidden, which most layers do nowhere.
        var all: LowerLayers?
        // A directory within one that is hidden is hidden too, though it bears no mark.
        var rest: [(path: LayerPath, hidden: LowerLayers.Directory?)] = [(.root, nil)]
        while let (path, hidden) = rest.popLast() {
            let directory = try tree.open(path)
            let number = directory.rawValue
            let isOpaque = try marks.marks(of: number).isOpaque
            var lower: OpenLowerDirectory?
            if hidden != nil || isOpaque {
                let layers = try all ?? LowerLayers(parents, format: format)
                all = layers
                lower = try layers.open(hidden ?? layers.directory(at: path), at: path)
            }
            if let lower { try spellOut(lower, in: number, isOpaque: isOpaque, marks) }
            for name in try LayerDirectory.names(in: number) {
                guard let status = try LayerDirectory.status(name, in: number), status.isDirectory else {
                    continue
                }
                let below = try lower.map { try $0.entry(name)?.directory ?? .absent }
                rest.append((path.appending(name), below))
            }
        }
    }

    /// Deletes what `lower` shows and the directory itself does not have; its time stays.
    private static func spellOut(
        _ lower: OpenLowerDirectory, in directory: Int32, isOpaque: Bool, _ marks: DeletionMarks
    ) throws {
        let time = try stat(of: directory).st_mtim
        var isSpelledOut = true
        for name in try lower.names() {
            guard case .nothing = try marks.find(name, in: directory, DeletionMarks.Directory()) else {
                continue
            }
            let mark = Whiteout.prefix + name
            // Too long for a mark: better what the file system makes of the opaque one.
            if mark.count > Int(NAME_MAX) {
                isSpelledOut = false
            } else {
                try DeletionMarks.create(mark, in: directory)
            }
        }
        if isOpaque && isSpelledOut { try LayerDirectory.remove(Whiteout.opaqueName, in: directory) }
        try systemCall("futimens") { futimens(directory, [time, time]) }
    }
}
