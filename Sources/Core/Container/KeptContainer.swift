internal import SystemPackage

/// A container that was run with `--keep` and has ended.
public struct KeptContainer {
    private let id: String
    private let name: FilePath?
    private let store: Store

    /// Finds it by its name or its ID.
    ///
    /// - Throws: ``RunError/noContainer(_:)`` or ``RunError/stillRuns(_:)``.
    public init(_ nameOrID: String, in store: Store) throws(RunError) {
        try ContainerName.validate(nameOrID)
        self.store = store
        let link = store.names.appending(FilePath(nameOrID).components)
        if let id = try? Files.readLink(link) {
            self.id = id
            name = link
        } else {
            id = nameOrID
            name = nil
        }
        guard Files.isDirectory(directory) else {
            let running = store.containers.appending(FilePath(id).components)
            throw Files.isDirectory(running) ? .stillRuns(nameOrID) : .noContainer(nameOrID)
        }
    }

    private var directory: FilePath { store.kept.appending(FilePath(id).components) }

    /// Removes it, its write layer and its name.
    ///
    /// - Throws: ``SystemCallError``. It is out of sight then all the same, and the next command tries again.
    public func remove() throws {
        let snapshots = SnapshotStore(store, driverNamed: try ContainerRecord(from: directory).driver)
        let link = try name ?? nameLink()
        // From here on the container is gone: Cleanup does the rest if this process cannot.
        let place = try Trash(store).place()
        try place.put(directory)
        if let link { try Files.remove(link) }
        try snapshots.remove(SnapshotKey(id))
        place.empty()
    }

    /// The name of a container that was found by its ID; nil if it has none.
    private func nameLink() throws -> FilePath? {
        try Files.list(store.names).lazy.map { store.names.appending(FilePath($0).components) }
            .first { (try? Files.readLink($0)) == id }
    }
}
