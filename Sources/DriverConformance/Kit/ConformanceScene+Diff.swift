internal import Core
internal import SystemPackage

extension ConformanceScene {
    /// A layer's directory.
    func directory(_ layer: String) throws -> FilePath { snapshots.directory(of: try key(layer)).layer }

    func usage(_ layer: String) throws -> SnapshotUsage { try snapshots.usage(key(layer)) }

    /// Runs `body` with a read-only view on a layer.
    func view<Value>(_ layer: String, _ body: (Tree) throws -> Value) throws -> Value {
        let view = try key("view-of-\(layer)")
        try snapshots.view(view, parent: key(layer))
        defer { try? snapshots.remove(view) }
        return try mounted(view, body)
    }

    /// Writes what a layer changes of those below it, the nearest first, into a file.
    func diff(_ layer: String, on parents: [String]) throws -> FilePath {
        let file = place.appending("\(layer).tar")
        try LayerDiff.write(
            directory(layer), on: parents.map(directory), format: driver.deletionFormat, to: file)
        return file
    }

    /// Makes a layer of such a file, as an image's layer arrives: written straight into its directory.
    func apply(_ archive: FilePath, as layer: String, on parent: String?) throws {
        let work = try key("work-\(layer)")
        try snapshots.prepare(work, parent: parent.map { try key($0) })
        let parents = try snapshots.ancestors(of: work).map { snapshots.directory(of: $0).layer }
        try LayerDiff.apply(
            archive, to: snapshots.directory(of: work).layer, on: parents, format: driver.deletionFormat)
        try snapshots.commit(work, as: key(layer))
    }
}
