internal import CLinux
internal import DriverKit
internal import Glibc
internal import Host
internal import Images
internal import Storage
internal import SystemPackage

/// A layer of an image, unpacked once more beside the one that there should be; gone with this value.
struct LayerRemaking: ~Copyable {
    /// Where it is.
    let directory: SnapshotDirectory
    private let place: LiveDirectory
    private let snapshots: SnapshotStore

    /// Unpacks layer number `depth`; for a driver without layers, the whole tree up to it.
    init(_ image: Image, upTo depth: Int, _ layers: LayerStore) throws {
        let store = layers.snapshots.store
        let made = try LiveDirectory.makeUnique(in: store.temporary, store: store)
        let directory = SnapshotDirectory(made.path.appending("snapshot"))
        do { try layers.remake(image, upTo: depth, in: directory) } catch {
            try? store.remove(made.path)
            throw error
        }
        self.directory = directory
        place = made
        snapshots = layers.snapshots
    }

    deinit {
        try? snapshots.store.remove(place.path)
    }

    /// Puts it in the place of the snapshot `key`, whether that is there or not.
    ///
    /// - Throws: ``SnapshotError/inUse(_:)`` if somebody uses it or a snapshot on it, and nothing has changed then.
    consuming func replace(_ key: SnapshotKey) throws {
        let target = snapshots.directory(of: key).path
        // A container holds its uppermost layer only: whoever is above has to be free as well.
        let locks = try snapshots.lockAll(from: key)
        defer { locks.forEach { close($0) } }
        try SnapshotDirectory.sync(directory.path)
        if Files.exists(target) {
            try Trash(snapshots.store).put(target)
        }
        try Files.rename(directory.path, to: target)
        try SnapshotDirectory.syncEntries(of: target.parent)
    }
}

extension SnapshotStore {
    /// Locks a snapshot and all that were made on it, and on those; those that are there.
    ///
    /// - Returns: descriptors that hold the locks.
    fileprivate func lockAll(from key: SnapshotKey) throws -> [Int32] {
        var rows: [Snapshot] = []
        try walk { rows.append($0) }
        var family: Set<SnapshotKey> = [key]
        // Parents come before their children.
        for row in rows where row.parent.map(family.contains) == true { family.insert(row.key) }
        var locks: [Int32] = []
        for member in family where Files.exists(directory(of: member).path) {
            do { locks.append(try SnapshotLock.take(directory(of: member), member, .exclusive).keep()) } catch
            {
                locks.forEach { close($0) }
                throw error
            }
        }
        return locks
    }
}
