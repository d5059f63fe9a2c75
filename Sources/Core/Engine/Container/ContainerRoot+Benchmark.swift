internal import DriverKit
internal import Glibc
internal import Host
internal import Layers
internal import Storage
internal import SystemPackage
internal import Tree

/// What a benchmark asks of a container's files.
extension ContainerRoot {
    /// How many regular files of the image are in the write layer too: copied up, or replaced.
    ///
    /// - Returns: nil where the container's root is no union, so that nothing is copied up.
    /// - Throws: as ``changes()`` does.
    package borrowing func copyUps() throws -> Int? {
        guard snapshots.driver.layers.isUnion else { return nil }
        return try withChanges { changes, tree, _ in
            let root = try TreeRoot(tree)
            return try changes.count { change in
                guard change.kind == .modified, !change.path.isEmpty else { return false }
                let path = try LayerPath(change.path)
                let parent = try root.open(path.parent)
                return try LayerDirectory.status(path.name, in: parent.rawValue)?.type == S_IFREG
            }
        }
    }

    /// Makes the files again what they were before the container ran.
    ///
    /// Only for one that does not run, and whose root is a whole tree.
    ///
    /// - Throws: an ``Explained`` error; the container can only be removed then.
    package borrowing func reset() throws {
        guard let base = parents.first, !snapshots.driver.layers.isUnion, record.process == nil else {
            return
        }
        let place = try LiveDirectory.makeUnique(in: store.temporary, store: store)
        defer { try? store.remove(place.path) }
        let changes = try Changes.between(snapshot.layer, and: base.layer)
        let patch = TreePatch(changes, from: base.layer, to: snapshot.layer)
        try patch.run(through: place.path.appending("changes")) { _ in }
    }
}
