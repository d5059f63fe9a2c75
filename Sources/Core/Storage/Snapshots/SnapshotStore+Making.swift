internal import CLinux
internal import DriverKit
internal import Glibc
public import SystemPackage

extension SnapshotStore {
    /// Makes an active snapshot on `parent`, or on nothing.
    ///
    /// - Parameter options: what the driver is asked for (``DriverCapabilities/options``).
    /// - Throws: ``SnapshotError``, or what the driver throws; nothing is left then.
    @discardableResult
    public func prepare(
        _ key: SnapshotKey, parent: SnapshotKey? = nil, labels: [String: String] = [:],
        options: [String: String] = [:]
    ) throws -> Snapshot {
        try make(key, .active, parent: parent, labels: labels, options)
    }

    /// Makes a read-only view of `parent`, or of nothing.
    ///
    /// - Throws: ``SnapshotError``, or what the driver throws; nothing is left then.
    @discardableResult
    public func view(
        _ key: SnapshotKey, parent: SnapshotKey? = nil, labels: [String: String] = [:]
    ) throws -> Snapshot {
        try make(key, .view, parent: parent, labels: labels, [:])
    }

    private func make(
        _ key: SnapshotKey, _ kind: SnapshotKind, parent: SnapshotKey?, labels: [String: String],
        _ options: [String: String]
    ) throws -> Snapshot {
        // Asked before the work is done, and again when it is published.
        let chain = try records.read { table throws(SnapshotError) in
            if try table.contains(key) { throw .exists(key) }
            return try parent.map { parent throws(SnapshotError) in
                try [parent] + table.ancestors(of: parent)
            } ?? []
        }
        let place = try LiveDirectory.makeUnique(in: store.temporary, store: store)
        defer { try? store.remove(place.path) }
        let made = SnapshotDirectory(place.path.appending("snapshot"))
        let parents = chain.map { directory(of: $0) }
        if let nearest = parents.first, let key = chain.first, !isWhole(nearest) {
            // Removed since, or lost.
            let kind = try stat(key).kind
            if kind != .committed { throw SnapshotError.parentNotCommitted(key, kind) }
            throw SnapshotError.missingDirectory(key, finishedContent(of: nearest))
        }
        let access = kind == .active ? RootAccess.readWrite : .readOnly
        try create(made, on: parents, for: .mounting(access, options: options))
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
        try SnapshotRecords.check(labels)
        let kind = try stat(key).kind
        guard kind == .active else { throw SnapshotError.notActive(key, kind) }
        let lock = try SnapshotLock.take(directory(of: key), key, .exclusive)
        // A process that dies from here on leaves this directory: that is how the next command finds out.
        let place = try LiveDirectory.makeUnique(in: store.temporary, store: store)
        defer { try? store.remove(place.path) }
        try records.write { table throws(SnapshotError) in
            if try table.row(key).committing != nil { throw .inUse(key) }
            try table.reserve(name, for: key)
        }
        do {
            let parents = try ancestors(of: key).map { directory(of: $0) }
            try finish(directory(of: key), on: parents)
            let usage = try measure(directory(of: key), on: parents)
            try SnapshotDirectory.sync(directory(of: key).path)
            let snapshot = try records.write { table throws(SnapshotError) in
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
            try? records.write { table throws(SnapshotError) in try table.setCommitting(nil, of: key) }
            lock.release()
            throw error
        }
    }

    /// Makes a directory of the store, which holds a finished layer in the driver's form, a committed snapshot.
    ///
    /// - Parameter path: a snapshot's directory, somewhere in the store's temporary place; it is moved.
    /// - Throws: ``SnapshotError``, or what the driver throws; the directory is where it was then.
    @discardableResult
    public func publish(
        _ path: FilePath, as name: SnapshotKey, parent: SnapshotKey? = nil, labels: [String: String] = [:]
    ) throws -> Snapshot {
        let parents = try parent.map { [$0] + (try ancestors(of: $0)) } ?? []
        let usage = try measure(SnapshotDirectory(path), on: parents.map { directory(of: $0) })
        try SnapshotDirectory.sync(path)
        return try publish(path, name, .committed, parent: parent, labels: labels, usage: usage)
    }

    private func publish(
        _ path: FilePath, _ key: SnapshotKey, _ kind: SnapshotKind, parent: SnapshotKey?,
        labels: [String: String], usage: SnapshotUsage?
    ) throws(SnapshotError) -> Snapshot {
        try SnapshotRecords.check(labels)
        return try records.write { table throws(SnapshotError) in
            let snapshot = try table.insert(key, kind, parent: parent, labels: labels, usage: usage)
            try table.move(path, to: key, in: self.store)
            return snapshot
        } undo: { table throws(SnapshotError) in
            try table.moveBack(key, to: path, in: self.store)
        }
    }

    /// Makes a directory of the store, which holds what a container has written, an active snapshot.
    package func publish(
        container path: FilePath, as key: SnapshotKey, parent: SnapshotKey?
    ) throws(SnapshotError) {
        let labels = [SnapshotRecords.containerLabel: key.description]
        _ = try publish(path, key, .active, parent: parent, labels: labels, usage: nil)
    }

    /// Publishes a chain of layers, the lowest first, each on the one before and the first of them on `parent`.
    ///
    /// They have been synced already. Those that somebody else has published meanwhile are left where they are.
    package func publish(
        chain: [(path: FilePath, name: SnapshotKey)], on parent: SnapshotKey?
    ) throws {
        var usages: [SnapshotUsage] = []
        var parents = try parent.map { [$0] + (try ancestors(of: $0)) }?.map { directory(of: $0) } ?? []
        for layer in chain {
            let made = SnapshotDirectory(layer.path)
            usages.append(try measure(made, on: parents))
            parents.insert(made, at: 0)
        }
        try records.write { table throws(SnapshotError) in
            var parent = parent
            for (layer, usage) in zip(chain, usages) {
                let isNew = try !table.contains(layer.name)
                if isNew {
                    _ = try table.insert(layer.name, .committed, parent: parent, labels: [:], usage: usage)
                }
                // Of a layer that is known, the directory or its content may have been lost.
                if isNew || !self.isWhole(self.directory(of: layer.name)) {
                    try table.move(layer.path, to: layer.name, in: self.store)
                }
                parent = layer.name
            }
        } undo: { table throws(SnapshotError) in
            for layer in chain { try table.moveBack(layer.name, to: layer.path, in: self.store) }
        }
    }
}
