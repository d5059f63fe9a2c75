package import DriverKit
internal import Host
package import Layers
package import Mount
package import SystemPackage
internal import Tree

/// A snapshot's life in its driver's hands: the only place where Core calls a driver to make, read or end one.
extension SnapshotStore {
    /// Makes a snapshot at its place, where nothing is yet.
    ///
    /// - Throws: what the driver throws; ``SystemCallError``, ``StorageError``. What is left then is for
    ///   ``Store/remove(_:of:)``.
    package func create(
        _ snapshot: SnapshotDirectory, on parents: [SnapshotDirectory], for use: SnapshotUse
    ) throws {
        if !use.options.isEmpty { try check(use.options) }
        try Files.makeDirectory(snapshot.path, mode: 0o700)
        // Before there is anything to discard.
        if driver.capabilities.discards { try SnapshotOwner.note(driver, of: snapshot) }
        try driver.create(snapshot, on: parents, for: use)
    }

    /// Gives a snapshot whose content is complete its final form: the one way to it, whoever has filled it.
    package func finish(_ snapshot: SnapshotDirectory, on parents: [SnapshotDirectory]) throws {
        let plan = try driver.finish(snapshot, on: parents)
        if plan.steps.isEmpty { return }
        try PrivateMountNamespace.run { try plan.execute(protecting: FileSeal.make) }
    }

    /// Calls `body` when the content of snapshots is in their layer directories, to be read.
    ///
    /// Where something has to be mounted for that, `body` runs on a thread of its own, in a mount namespace of its own.
    package func reading<Value: Sendable>(
        _ snapshots: [SnapshotDirectory], _ body: @escaping @Sendable () throws -> Value
    ) throws -> Value {
        let steps = try snapshots.flatMap { $0.isPlain ? [] : try driver.reading($0).steps }
        if steps.isEmpty { return try body() }
        return try PrivateMountNamespace.run {
            try MountPlan(steps).execute()
            return try body()
        }
    }

    /// Calls `body` with what a snapshot changes of those below it, when that can be read in its layer directory.
    package func withChanges<Value: Sendable>(
        of snapshot: SnapshotDirectory, on parents: [SnapshotDirectory],
        _ body: @escaping @Sendable ([Change]) throws -> Value
    ) throws -> Value {
        let below = driver.layers.isUnion ? parents : Array(parents.prefix(1))
        return try reading(below + [snapshot]) { try body(self.changes(of: snapshot, on: below)) }
    }

    /// What a snapshot changes of those below it, all of them ready to be read.
    package func changes(
        of snapshot: SnapshotDirectory, on parents: [SnapshotDirectory]
    ) throws -> [Change] {
        let below = driver.layers.isUnion ? parents : Array(parents.prefix(1))
        let places = try below.first.flatMap { parent in
            driver.layers.isUnion || parent.isPlain
                ? nil : try driver.changedDirectories(of: snapshot, since: parent)
        }
        return try Changes.ofLayer(
            snapshot.layer, on: below.map(\.layer), format: driver.layers.deletions, only: places)
    }

    /// How a snapshot, made for this access, becomes a tree at `target`.
    package func mounts(
        of snapshot: SnapshotDirectory, on parents: [SnapshotDirectory], at target: FilePath,
        access: RootAccess
    ) throws -> MountPlan {
        try driver.mounts(of: snapshot, on: parents, at: target, access: access)
    }

    /// The same of an active snapshot that may have been mounted before.
    package func mountsAgain(
        of snapshot: SnapshotDirectory, on parents: [SnapshotDirectory], at target: FilePath
    ) throws -> MountPlan {
        try driver.reopen(snapshot)
        return try driver.mounts(of: snapshot, on: parents, at: target, access: .readWrite)
    }

    /// Adds up what a snapshot takes, without its parents.
    func measure(
        _ snapshot: SnapshotDirectory, on parents: [SnapshotDirectory]
    ) throws -> SnapshotUsage {
        if let usage = try driver.usage(of: snapshot, on: parents) { return usage }
        return try SnapshotRecords.measure(snapshot)
    }

    /// Whether a finished snapshot is there: its directory alone is not enough, its content may be lost.
    package func isWhole(_ snapshot: SnapshotDirectory) -> Bool {
        Files.exists(finishedContent(of: snapshot))
    }

    /// Where the content of a finished snapshot is.
    package func finishedContent(of snapshot: SnapshotDirectory) -> FilePath {
        snapshot.path.appending(FilePath(driver.capabilities.finishedName).components)
    }

    /// - Throws: ``StorageError/unknownOption(name:driver:known:)``.
    package func check(_ options: [String: String]) throws(StorageError) {
        let known = driver.capabilities.options
        if let name = options.keys.sorted().first(where: { known[$0] == nil }) {
            throw .unknownOption(name: name, driver: driver.name, known: known.keys.sorted())
        }
    }
}

extension SnapshotRecords {
    /// Adds up a snapshot's files.
    package static func measure(_ snapshot: SnapshotDirectory) throws(SnapshotError) -> SnapshotUsage {
        do throws(TreeError) { return try TreeUsage.measure(snapshot.layer) } catch {
            throw .failed(SystemCallError("measure", snapshot.layer, errno: error.errno))
        }
    }
}
