internal import CLinux
internal import Core
internal import Glibc
internal import SystemPackage

/// Undoes all mounts at a place, the latest first.
func unmountAll(at target: FilePath) {
    var patience = 500
    while patience > 0 {
        if target.withPlatformString({ umount2($0, Int32(UMOUNT_NOFOLLOW)) }) == 0 { continue }
        guard errno == EBUSY else { break }
        // A program that another thread starts has this thread's files open until it is executed.
        patience -= 1
        usleep(10_000)
    }
    // What served one of them ends with it.
    try? MountServer.settle(at: target)
}

/// What one case works with: a store of its own, and a directory beside it.
struct ConformanceScene: Sendable {
    let driver: any StorageDriver
    let snapshots: SnapshotStore
    /// For whatever the case needs besides.
    let place: FilePath
    /// The drivers that it has to get on with, itself included.
    let peers: [any StorageDriver]

    init(_ driver: any StorageDriver, in directory: FilePath, peers: [any StorageDriver] = []) throws {
        self.driver = driver
        self.peers = peers.isEmpty ? [driver] : peers
        place = directory.appending("place")
        snapshots = SnapshotStore(Store(at: directory.appending("store")), driver: driver)
        try Files.makeDirectory(place)
    }

    private init(_ driver: any StorageDriver, _ snapshots: SnapshotStore, _ place: FilePath) {
        self.driver = driver
        peers = [driver]
        self.snapshots = snapshots
        self.place = place
    }

    /// The same as another user sees it; at `root` if the store was moved there.
    func again(at root: FilePath? = nil) throws -> ConformanceScene {
        let store = Store(at: root ?? snapshots.store.root)
        return ConformanceScene(driver, SnapshotStore(store, driver: driver), place)
    }

    var capabilities: DriverCapabilities { driver.capabilities }
    var differences: DriverDifferences { driver.differences }

    func key(_ name: String) throws -> SnapshotKey { try SnapshotKey(name) }

    /// Mounts a snapshot, runs `body` with its root, and unmounts it.
    func mounted<Value>(_ key: SnapshotKey, _ body: (Tree) throws -> Value) throws -> Value {
        let open = try snapshots.open(key)
        let target = place.appending("mount-\(key)")
        try Files.makeDirectory(target, mode: 0o700)
        defer { try? Files.removeDirectory(target) }
        let plan = try open.mounts(at: target)
        // What a plan that fails half way has mounted is undone too.
        defer { unmountAll(at: target) }
        try plan.execute()
        return try body(Tree(target))
    }

    /// Makes a committed layer by writing through the driver.
    @discardableResult
    func layer(_ name: String, on parent: String? = nil, _ write: (Tree) throws -> Void) throws -> SnapshotKey
    {
        guard capabilities.keepsWrites else { return try unpackedLayer(name, on: parent, write) }
        let work = try key("work-\(name)")
        try snapshots.prepare(work, parent: parent.map { try key($0) })
        try mounted(work, write)
        try snapshots.commit(work, as: key(name))
        return try key(name)
    }

    /// The same with a driver that keeps nothing of what is written through a mount: what the script does to a copy of the
    /// parent's tree is unpacked, as an image's layer is.
    private func unpackedLayer(
        _ name: String, on parent: String?, _ write: (Tree) throws -> Void
    ) throws -> SnapshotKey {
        let (old, new) = (place.appending("before-\(name)"), place.appending("after-\(name)"))
        for tree in [old, new] {
            let copy = SnapshotDirectory(plain: tree)
            try Files.makeDirectory(tree)
            guard let parent else { continue }
            try view(parent) {
                try TreeCopy.copy($0.root, into: tree)
                try copy.takeRoot(from: $0.root)
            }
        }
        try write(Tree(new))
        let archive = place.appending("written-\(name).tar")
        try LayerDiff.write(Changes.between(old, and: new), of: new, format: .none, to: archive)
        for tree in [old, new] { try TreeRemoval.remove(tree) }
        try apply(archive, as: name, on: parent)
        try Files.remove(archive)
        return try key(name)
    }

    /// What a read-only view on a layer shows.
    func seen(on layer: String) throws -> TreeRecord {
        let view = try key("view-\(layer)")
        try snapshots.view(view, parent: key(layer))
        defer { try? snapshots.remove(view) }
        return try mounted(view) { try TreeRecord(of: $0.root) }
    }

    /// Runs the scripts one after the other, each in a layer of its own, and on a plain directory too: what is
    /// visible at the end, and in each layer before, has to be the same.
    func comparesToPlain(
        _ layers: [@Sendable (Tree) throws -> Void], times: Bool = false
    ) throws {
        let plain = Tree(place.appending("plain"))
        try Files.makeDirectory(plain.root)
        for (index, script) in layers.enumerated() {
            try script(plain)
            try layer("layer-\(index)", on: index == 0 ? nil : "layer-\(index - 1)", script)
            let expected = try TreeRecord(of: plain.root)
            try seen(on: "layer-\(index)").expectSame(as: expected, times: times, "layer \(index)")
        }
    }
}
