package import DriverKit
internal import Glibc
internal import Host
package import SystemPackage
internal import Tree

/// Which driver a snapshot is to be discarded by: a file in its directory, since who removes what a dead process has left
/// knows nothing else of it.
///
/// Only snapshots of drivers that want to be asked have one (``DriverCapabilities/discards``).
enum SnapshotOwner {
    private static let fileName: FilePath = "mydocker.driver"

    static func note(_ driver: any StorageDriver, of snapshot: SnapshotDirectory) throws(SystemCallError) {
        try Files.create(snapshot.path.appending(fileName.components), "\(driver.name)\n")
    }

    /// The name of the driver that `directory`, a snapshot's perhaps, is to be discarded by.
    private static func name(in directory: FilePath) -> String? {
        let file = directory.appending(fileName.components)
        // A link, or anything else, is none of ours.
        guard let status = Files.status(file), status.type == S_IFREG else { return nil }
        // Half a note is from before there was anything to discard.
        guard let text = try? Files.read(file), text.hasSuffix("\n") else { return nil }
        return String(text.dropLast())
    }

    /// Has the snapshots in a directory of the store discarded by their drivers: itself, those in it, and those of
    /// containers in it.
    ///
    /// - Throws: ``StorageError/ownerMissing(driver:path:)``, or what a driver throws.
    static func discard(in directory: FilePath, of store: Store) throws {
        if try discard(directory, of: store) { return }
        for name in (try? Files.list(directory, following: false)) ?? [] where name != "fs" {
            let inner = directory.appending(FilePath(name).components)
            // What a container has made is never looked into.
            if try discard(inner, of: store) { continue }
            try discard(inner.appending(Store.containerSnapshot.components), of: store)
        }
    }

    /// - Returns: false if that is no snapshot with an owner.
    @discardableResult
    private static func discard(_ directory: FilePath, of store: Store) throws -> Bool {
        guard let name = name(in: directory) else { return false }
        guard let driver = store.driver(named: name) else {
            throw StorageError.ownerMissing(driver: name, path: directory.string)
        }
        try driver.discard(SnapshotDirectory(directory))
        return true
    }
}

extension Store {
    /// Removes something of the store, the snapshots in it with their drivers' help.
    ///
    /// - Parameter driver: whose snapshots they are, if that is known.
    /// - Throws: ``TreeError``, ``StorageError``, or what a driver throws; what is left can be removed again.
    package func remove(_ path: FilePath, of driver: (any StorageDriver)? = nil) throws {
        _ = try remove(path, of: driver, atMost: .max)
    }

    /// The same, but stops after so many entries.
    ///
    /// - Returns: whether it is all gone.
    package func remove(
        _ path: FilePath, of driver: (any StorageDriver)? = nil, atMost entries: Int
    ) throws -> Bool {
        if driver?.capabilities.discards ?? true {
            try SnapshotOwner.discard(in: path, of: self)
        }
        return try TreeRemoval.remove(path, atMost: entries)
    }

    /// The store, with one more driver for its snapshots.
    func knowing(_ driver: any StorageDriver) -> Store {
        if drivers.drivers.contains(where: { $0.name == driver.name }) { return self }
        var store = self
        store.drivers = DriverRegistry(drivers.drivers + [driver], executables: drivers.executables)
        return store
    }
}
