package import DriverKit
package import Host
public import SystemPackage

/// Where mydocker keeps everything: `--root`, by default /var/lib/mydocker.
///
/// ```
/// images/                     the images, an OCI image layout
/// resolved/                   what run has to know of images, at hand; can be removed
/// seccomp/                    filters of system calls as they are loaded; can be removed
/// storage/DRIVER/snapshots/   the snapshots of one driver: image layers, named after their chainID, and the
///                             write layers of containers that were kept
/// storage/DRIVER/works        the boot and file system on which the driver was tried and works
/// storage/DRIVER/declared     what a driver that is a program of its own has said of itself, on this boot
/// storage/metadata.db         what is known of the snapshots of all drivers (SQLite)
/// containers/ID/              a container's mount point and write layer; locked while it runs
/// kept/ID/                    the record of a container that has ended and was to stay
/// volumes/NAME/_data          a volume's content; the directory above is locked while a container uses it
/// volumes/NAME/volume.json    what is known of it
/// names/NAME                  a link whose target is the ID of the container of that name
/// users/FIRST                 a link whose target is the ID of the container whose users are those from FIRST on
/// tmp/                        what is being made; locked while it is
/// spare/                      room on the disk for removals, taken in advance
/// lock                        held, shared, for the moment between making and locking a directory
/// ```
///
/// Where the store is on a file system that is mounted read-only, what lives only as long as a process does
/// (containers, tmp, their names, and lock) is in a directory of /run instead, and the rest is only read.
///
/// All of it is root's alone (mode 0700): an image may hold setuid programs that no user of the host may
/// reach.
public struct Store: Sendable {
    /// The directory of the store.
    public let root: FilePath
    /// Where containers, tmp, names and lock are: the same, unless nothing can be written there.
    package let live: FilePath
    /// The drivers that its snapshots are made by.
    public internal(set) var drivers: DriverRegistry

    /// Where the default is.
    public static let defaultRoot: FilePath = "/var/lib/mydocker"

    /// The store at `root`, an absolute path, which need not exist yet.
    public init(at root: FilePath, drivers: DriverRegistry = DriverRegistry([])) {
        let root = root.lexicallyNormalized()
        self.init(root: root, live: Self.place(besides: root) ?? root, drivers: drivers)
    }

    init(root: FilePath, live: FilePath, drivers: DriverRegistry) {
        self.root = root
        self.live = live
        self.drivers = drivers
    }

    /// The driver called `name`; nil if this program has none.
    package func driver(named name: String) -> (any StorageDriver)? { drivers.driver(named: name, for: self) }

    /// The name of a container's snapshot in its directory.
    package static let containerSnapshot: FilePath = "snapshot"

    package var containers: FilePath { live.appending("containers") }
    package var kept: FilePath { root.appending("kept") }
    package var names: FilePath { live.appending("names") }
    package var temporary: FilePath { live.appending("tmp") }
    package var volumes: FilePath { root.appending("volumes") }
    var spare: FilePath { root.appending("spare") }
    package var lock: FilePath { live.appending("lock") }
    /// The image store's directory.
    public var images: FilePath { root.appending("images") }

    package var resolved: FilePath { root.appending("resolved") }
    package var storage: FilePath { root.appending("storage") }
    package var seccomp: FilePath { root.appending("seccomp") }
    /// The snapshots' metadata.
    public var metadata: FilePath { storage.appending("metadata.db") }

    package func snapshots(of driver: String) -> FilePath {
        storage.appending(FilePath(driver).components).appending("snapshots")
    }

    /// True if the store's directories have been made: this is the last of them.
    package var exists: Bool { Files.isDirectory(root.appending("tmp")) }

    /// The same, of those that are changed.
    package var isReady: Bool { Files.isDirectory(temporary) }

    /// The store's directory, or as long as there is none, the nearest one above it.
    package var nearestDirectory: FilePath {
        var path = root
        while !Files.isDirectory(path.appending(".")) && path.removeLastComponent() {}
        return path
    }

    /// Runs `body` with a new, empty directory on the store's file system, which is gone afterwards, whatever
    /// happens.
    ///
    /// - Throws: what `body` throws; ``SystemCallError``.
    public func withTemporaryDirectory<Value>(_ body: (FilePath) throws -> Value) throws -> Value {
        try create()
        let place = try LiveDirectory.makeUnique(in: temporary, store: self)
        defer { try? remove(place.path) }
        return try body(place.path)
    }

    /// Makes the store's directories where they are missing.
    ///
    /// - Throws: ``SystemCallError``.
    package func create() throws(SystemCallError) {
        if isReady { return }
        for directory in isReadOnly
            ? [live, containers, names, temporary] : [root, containers, kept, names, temporary]
        {
            try Files.makeDirectories(directory, mode: 0o700)
        }
        if !isReadOnly { SpareRoom(self).fill() }
    }
}
