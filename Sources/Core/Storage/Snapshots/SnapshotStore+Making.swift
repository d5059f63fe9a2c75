internal import CLinux
internal import Glibc
public import SystemPackage

extension SnapshotStore {
    /// Makes an active snapshot on `parent`, or on nothing.
    ///
    /// - Throws: ``SnapshotError``, or what the driver throws; nothing is left then.
    @discardableResult
    public func prepare(
        _ key: SnapshotKey, parent: SnapshotKey? = nil, labels: [String: String] = [:]
    ) throws -> Snapshot {
        try make(key, .active, parent: parent, labels: labels)
    }

    /// Makes a read-only view of `parent`, or of nothing.
    ///
    /// - Throws: ``SnapshotError``, or what the driver throws; nothing is left then.
    @discardableResult
    public func view(
        _ key: SnapshotKey, parent: SnapshotKey? = nil, labels: [String: String] = [:]
    ) throws -> Snapshot {
        try make(key, .view, parent: parent, labels: labels)
    }

    private func make(
        _ key: SnapshotKey, _ kind: SnapshotKind, parent: SnapshotKey?, labels: [String: String]
    ) throws -> Snapshot {
        // Asked before the work is done, and again when it is published.
        let chain = try read { table throws(SnapshotError) in
            if try table.contains(key) { throw .exists(key) }
            return try parent.map { parent throws(SnapshotError) in
                try [parent] + table.ancestors(of: parent)
            } ?? []
        }
        let place = try LiveDirectory.makeUnique(in: store.temporary, store: store)
        defer { try? TreeRemoval.remove(place.path) }
        let made = SnapshotDirectory(place.path.appending("snapshot"))
        let parents = chain.map { directory(of: $0).layer }
        if let nearest = parents.first, let key = chain.first, !Files.isDirectory(nearest) {
            // Removed since, or lost.
            _ = try stat(key)
            throw SnapshotError.missingDirectory(key, nearest)
        }
        try made.create(on: parents.first)
        try driver.prepare(made, on: parents, access: kind == .active ? .readWrite : .readOnly)
        return try publish(made.path, key, kind, parent: parent, labels: labels, usage: nil)
    }

    /// Makes an active snapshot immutable, under a name that others can be made on.
    ///
    /// Its key is gone then.
    ///
    /// - Throws: ``SnapshotError``, or what the driver throws; the snapshot is active then as it was.
    @discardableResult
    public func commit(
        _ key: SnapshotKey, as name: SnapshotKey, labels: [String: String] = [:]
    ) throws -> Snapshot {
        try Self.check(labels)
        let kind = try stat(key).kind
        guard kind == .active else { throw SnapshotError.notActive(key, kind) }
        let lock = try SnapshotLock.take(directory(of: key), key, .exclusive)
        // Who dies from here on leaves this, and so is found out by the next command.
        let place = try LiveDirectory.makeUnique(in: store.temporary, store: store)
        defer { try? TreeRemoval.remove(place.path) }
        try write { table throws(SnapshotError) in
            if try table.row(key).committing != nil { throw .inUse(key) }
            try table.reserve(name, for: key)
        }
        do {
            try driver.seal(directory(of: key))
            try spellOutOpaqueDirectories(of: key)
            let usage = try measure(directory(of: key))
            try SnapshotDirectory.sync(directory(of: key).path)
            let snapshot = try write { table throws(SnapshotError) in
                try table.commit(key, as: name, usage: usage)
                try table.update(name, labels: try table.row(name).snapshot.labels.merging(labels) { $1 })
                try table.move(self.directory(of: key).path, to: name, in: self.store)
                return try table.row(name).snapshot
            } undo: { table throws(SnapshotError) in
                try table.moveBack(name, to: self.directory(of: key).path, in: self.store)
            }
            lock.release()
            return snapshot
        } catch {
            try? write { table throws(SnapshotError) in try table.setCommitting(nil, of: key) }
            lock.release()
            throw error
        }
    }

    private func spellOutOpaqueDirectories(of key: SnapshotKey) throws {
        let parents = try ancestors(of: key).map { directory(of: $0).layer }
        try OpaqueDirectories.spellOut(in: directory(of: key).layer, on: parents, for: driver)
    }

    /// Makes a directory of the store, which holds a layer in the driver's form, a committed snapshot.
    ///
    /// - Parameter path: a snapshot's directory, somewhere in the store's temporary place; it is moved.
    /// - Throws: ``SnapshotError``; the directory is where it was then.
    @discardableResult
    public func publish(
        _ path: FilePath, as name: SnapshotKey, parent: SnapshotKey? = nil, labels: [String: String] = [:]
    ) throws(SnapshotError) -> Snapshot {
        let usage = try measure(SnapshotDirectory(path))
        try asSnapshotError { () throws(SystemCallError) in try SnapshotDirectory.sync(path) }
        return try publish(path, name, .committed, parent: parent, labels: labels, usage: usage)
    }

    private func publish(
        _ path: FilePath, _ key: SnapshotKey, _ kind: SnapshotKind, parent: SnapshotKey?,
        labels: [String: String], usage: SnapshotUsage?
    ) throws(SnapshotError) -> Snapshot {
        try Self.check(labels)
        return try write { table throws(SnapshotError) in
            let snapshot = try table.insert(key, kind, parent: parent, labels: labels, usage: usage)
            try table.move(path, to: key, in: self.store)
            return snapshot
        } undo: { table throws(SnapshotError) in
            try table.moveBack(key, to: path, in: self.store)
        }
    }

    /// Publishes a chain of layers, the lowest first, each on the one before and the first of them on `parent`.
    ///
    /// They have been synced already. Those that somebody else has published meanwhile are left where they are.
    package func publish(
        chain: [(path: FilePath, name: SnapshotKey)], on parent: SnapshotKey?
    ) throws(SnapshotError) {
        var usages: [SnapshotUsage] = []
        for layer in chain { usages.append(try measure(SnapshotDirectory(layer.path))) }
        try write { table throws(SnapshotError) in
            var parent = parent
            for (layer, usage) in zip(chain, usages) {
                let isNew = try !table.contains(layer.name)
                if isNew {
                    _ = try table.insert(layer.name, .committed, parent: parent, labels: [:], usage: usage)
                }
                // One that is known and lost all the same, or its content is, is there again.
                if isNew || !Files.isDirectory(self.directory(of: layer.name).layer) {
                    try table.move(layer.path, to: layer.name, in: self.store)
                }
                parent = layer.name
            }
        } undo: { table throws(SnapshotError) in
            for layer in chain { try table.moveBack(layer.name, to: layer.path, in: self.store) }
        }
    }

    /// What the write layers of containers are labelled with: the container's identifier.
    static let containerLabel = "mydocker.container"

    /// Takes over the write layer of a container that has ended and is to stay, as an active snapshot.
    ///
    /// May be done again if it was interrupted, and with a directory that is in its place already.
    func adopt(_ path: FilePath, as key: SnapshotKey, parent: SnapshotKey?) throws(SnapshotError) {
        try write { table throws(SnapshotError) in
            if try table.contains(key) { return }
            _ = try table.insert(key, .active, parent: parent, labels: [Self.containerLabel: key.description])
        }
        guard Files.exists(path), path != directory(of: key).path else { return }
        // After it was written down, so that nobody takes it for something that belongs to no snapshot.
        try asSnapshotError { () throws(SystemCallError) in try SnapshotDirectory.sync(path) }
        try read { table throws(SnapshotError) in try table.move(path, to: key, in: self.store) }
    }

    /// Removes a snapshot: at once from sight, its files then or later.
    ///
    /// Where there is no room to write that down, its files go first.
    ///
    /// - Throws: ``SnapshotError``.
    public func remove(_ key: SnapshotKey) throws(SnapshotError) {
        let target = directory(of: key)
        _ = try stat(key)
        // One whose directory is lost is nobody's.
        let lock = try Files.exists(target.path) ? SnapshotLock.take(target, key, .exclusive) : nil
        let isThere = lock != nil
        try asSnapshotError { () throws(SystemCallError) in
            // Who dies from here on leaves this, and so is found out by the next command.
            let place = try Trash(self.store).place()
            let result = self.remove(key, isThere ? target.path : nil, through: place)
            place.empty()
            return result
        }.get()
    }

    private func remove(
        _ key: SnapshotKey, _ path: FilePath?, through place: borrowing Trash.Place
    ) -> Result<Void, SnapshotError> {
        var result = forget(key)
        if case .failure(.noRoom) = result, let path {
            // Out of its place before anything of it is gone: half a layer must not be taken for a whole one.
            let hidden = place.content
            let moved = perform(on: key) { _ throws(SnapshotError) in
                try asSnapshotError { () throws(SystemCallError) in try Files.rename(path, to: hidden) }
            }
            guard case .success = moved else { return moved }
            try? place.makeRoom()
            return forget(key)
        }
        if case .success = result, let path {
            do throws(SystemCallError) { try place.put(path) } catch { result = .failure(.failed(error)) }
        }
        return result
    }

    private func forget(_ key: SnapshotKey) -> Result<Void, SnapshotError> {
        perform(on: key) { table throws(SnapshotError) in try table.delete(key) }
    }

    /// Runs `body` on a snapshot that may be removed, as one transaction.
    private func perform(
        on key: SnapshotKey, _ body: (SnapshotTable) throws(SnapshotError) -> Void
    ) -> Result<Void, SnapshotError> {
        Result { () throws(SnapshotError) in
            try write { table throws(SnapshotError) in
                try table.checkRemoval(of: key)
                try body(table)
            }
        }
    }
}
