internal import Host
public import Runtime
public import Storage
internal import SystemPackage

/// The containers of a store: those that run, and those that have ended and were kept.
public struct Containers: Sendable {
    let store: Store

    /// The containers of this store.
    public init(_ store: Store) {
        self.store = store
    }

    /// What is known of each container, in no order; one that is just being started is not there yet.
    ///
    /// - Parameter damaged: called with the error for each record that cannot be read.
    /// - Throws: ``SystemCallError``.
    public func all(damaged: (RunError) -> Void = { _ in }) throws -> [ContainerRecord] {
        guard store.exists || store.isReadOnly else { return [] }
        var records: [String: ContainerRecord] = [:]
        // In this order: one that ends meanwhile moves from the first to the second, and one that is started back.
        for place in places + places.prefix(1) {
            for id in try Files.list(place) where place != places.first || records[id] == nil {
                do { records[id] = try ContainerRecord(from: place.appending(FilePath(id).components)) } catch
                {
                    if let error = error as? RunError {
                        damaged(error)
                    } else if (error as? SystemCallError)?.errno != .noSuchFileOrDirectory {
                        throw error
                    }
                }
            }
        }
        return Array(records.values)
    }

    /// Finds a container by its ID, its name, or the beginning of its ID if no other's begins so; in this order.
    ///
    /// - Throws: ``RunError/noContainer(_:)``, ``RunError/ambiguous(_:count:)``, ``RunError/invalidName(_:)`` or
    ///   ``SystemCallError``.
    public func find(_ nameOrID: String) throws -> Container {
        try ContainerName.validate(nameOrID)
        if let container = container(nameOrID) { return container }
        for names in store.namePlaces {
            if let id = try? Files.readLink(names.appending(FilePath(nameOrID).components)),
                let container = container(id)
            {
                return container
            }
        }
        guard store.exists || store.isReadOnly else { throw RunError.noContainer(nameOrID) }
        let ids = try Set(places.flatMap { try Files.list($0) }).filter { $0.hasPrefix(nameOrID) }
        guard ids.count <= 1 else { throw RunError.ambiguous(nameOrID, count: ids.count) }
        guard let id = ids.first, let container = container(id) else { throw RunError.noContainer(nameOrID) }
        return container
    }

    /// What containers can be called: the IDs of all, and those of the ones that have names by these.
    ///
    /// No record is read, and nothing is waited for.
    package func handles() -> (ids: Set<String>, named: [String: String]) {
        let ids = Set(places.flatMap { (try? Files.list($0)) ?? [] })
        var named: [String: String] = [:]
        for place in store.namePlaces {
            for name in (try? Files.list(place)) ?? [] {
                let id = try? Files.readLink(place.appending(FilePath(name).components))
                if let id, ids.contains(id) { named[name] = id }
            }
        }
        return (ids, named)
    }

    /// The container that a record is of.
    public func container(of record: ContainerRecord) -> Container { Container(id: record.id, store: store) }

    private var places: [FilePath] {
        store.containerPlaces + (!store.isReadOnly || Files.isDirectory(store.kept) ? [store.kept] : [])
    }

    private func container(_ id: String) -> Container? {
        let container = Container(id: id, store: store)
        return container.exists ? container : nil
    }
}
