internal import Core
internal import SystemPackage

extension ConformanceScene {
    /// A layer's snapshot.
    func snapshot(_ layer: String) throws -> SnapshotDirectory { snapshots.directory(of: try key(layer)) }

    /// What a layer changes of those below it, the nearest first.
    func changes(_ layer: String, on parents: [String]) throws -> [Change] {
        try snapshots.withChanges(of: snapshot(layer), on: parents.map(snapshot)) { $0 }
    }

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
        let (snapshot, format) = (try snapshot(layer), driver.layers.deletions)
        try snapshots.withChanges(of: snapshot, on: parents.map(self.snapshot)) {
            try LayerDiff.write($0, of: snapshot.layer, format: format, to: file)
        }
        return file
    }

    /// Makes a layer of such a file, as an image's layer arrives: written straight into its directory.
    func apply(_ archive: FilePath, as layer: String, on parent: String?) throws {
        let work = try key("work-\(layer)")
        try snapshots.prepare(work, parent: parent.map { try key($0) })
        let (made, model) = (snapshots.directory(of: work), driver.layers)
        let parents =
            model.isUnion ? try snapshots.ancestors(of: work).map { snapshots.directory(of: $0) } : []
        try snapshots.reading(parents) {
            try LayerDiff.apply(
                archive, to: made.layer, on: parents.map(\.layer), format: model.deletions)
        }
        try snapshots.commit(work, as: key(layer))
    }
}
