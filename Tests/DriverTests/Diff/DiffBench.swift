import Glibc
import SystemPackage
import Testing

@testable import DriverKit
@testable import Host
@testable import Images
@testable import Layers
@testable import Mount
@testable import Storage
@testable import Tree

/// Layers of one driver that scripts have made through real mounts, gone with this value.
final class DiffBench {
    let driver: any StorageDriver
    let directory: FilePath
    private let snapshots: SnapshotStore
    /// The nearest first.
    private(set) var parents: [SnapshotDirectory] = []
    /// Their layer directories.
    var layers: [FilePath] { parents.map(\.layer) }
    private var count = 0

    init(_ driver: any StorageDriver) throws {
        self.driver = driver
        directory = try makeTestDirectory()
        snapshots = SnapshotStore(Store(at: directory.appending("store")), driver: driver)
    }

    deinit {
        try? TreeRemoval.remove(directory)
    }

    /// A new snapshot on the layers.
    func snapshot() throws -> SnapshotDirectory {
        count += 1
        let snapshot = SnapshotDirectory(directory.appending("\(count)"))
        try snapshots.create(snapshot, on: parents, for: .mounting(.readWrite))
        return snapshot
    }

    /// Runs a script in the mounted snapshot.
    @discardableResult
    func run(_ script: String, in snapshot: SnapshotDirectory) throws -> String {
        let target = directory.appending("merged")
        if !Files.exists(target) { try Files.makeDirectory(target) }
        let plan = try snapshots.mounts(of: snapshot, on: parents, at: target, access: .readWrite)
        return try PrivateMountNamespace.run {
            try plan.execute()
            return try shell(script, in: target)
        }
    }

    /// Makes a layer of what a script does, above the others.
    func addLayer(_ script: String) throws {
        let snapshot = try snapshot()
        try run(script, in: snapshot)
        parents.insert(snapshot, at: 0)
    }

    /// The changes in a snapshot: "C /etc".
    func changes(in snapshot: SnapshotDirectory) throws -> [Change] {
        try snapshots.withChanges(of: snapshot, on: parents) { $0 }
    }

    /// The changes as a layer's archive.
    func archive(_ changes: [Change], of snapshot: SnapshotDirectory) throws -> [UInt8] {
        var bytes: [UInt8] = []
        let writer = TarWriter { bytes += $0 }
        try LayerArchiver.write(changes, of: snapshot.layer, driver.layers.deletions, to: writer) { _ in }
        return bytes
    }

    /// A new snapshot into which an archive has been unpacked.
    func unpack(_ archive: [UInt8]) throws -> SnapshotDirectory {
        let snapshot = try snapshot()
        let file = directory.appending("\(count).tar")
        let written = try Descriptor(file, O_RDWR | O_CREAT | O_TRUNC, mode: 0o600)
        try written.file.writeAll(archive)
        let (layers, format) = (layers, driver.layers.deletions)
        try snapshots.reading(parents) {
            try LayerUnpacker.unpack(
                Descriptor(file, O_RDONLY), mediaType: MediaType.layer,
                expecting: SHA256Hasher.digest(of: archive), into: snapshot.layer, on: layers,
                deletionFormat: format)
        }
        return snapshot
    }

    /// Makes a layer of an archive, above the others; without a union on a copy of the one below.
    func addUnpacked(_ archive: [UInt8]) throws {
        count += 1
        let made = SnapshotDirectory(directory.appending("\(count)"))
        let model = driver.layers
        let lower = model.isUnion ? layers : []
        try snapshots.create(made, on: model.isUnion ? [] : parents, for: .unpacking)
        try snapshots.reading(model.isUnion ? parents : []) {
            let remainder = try LayerUnpacker.write(
                BytesSource(archive), expecting: SHA256Hasher.digest(of: archive),
                into: LayerDirectory(made.layer), model.deletions
            ) { lower }
            try made.complete(remainder, on: lower, model)
        }
        try snapshots.finish(made, on: parents)
        parents.insert(made, at: 0)
    }

    /// What the layers show, but the root's time.
    func describeLayers() throws -> [String] { try description(of: snapshot()) }

    /// Everything that a program can see of a mounted snapshot, but the root's time.
    func description(of snapshot: SnapshotDirectory) throws -> [String] {
        try run(Self.describe, in: snapshot).split(separator: "\n").map(String.init).sorted()
    }

    /// Inode numbers differ between trees, so the names of one file are told by its first.
    private static let describe = #"""
        stat -c '. %a %u:%g' .
        find . -mindepth 1 \( -type d -printf 'd %P %m %U:%G %T@\n' -o -type l -printf 'l %P %U:%G %T@ %l %n\n' \
            -o -type f -printf 'f %P %m %U:%G %T@ %s %n\n' -o ! -type s -printf '%y %P %m %U:%G %T@ %n\n' \)
        find . \( -type b -o -type c \) -exec stat -c 'device %n %t:%T' {} +
        find . -type f -size -1024k -exec sha256sum {} +
        find . ! -type d ! -type s -links +1 -printf '%i %P\n' | sort | awk '
            $1 != last { last = $1; first = $2 } { print "link", first, $2 }'
        find . ! -type s -print0 | sort -z | xargs -0 getfattr -h -d -e hex -m '^(user|trusted|security|system.posix)' |
            awk '/^# file:/ { file = $0; next } /./ { print file, $0 }'
        """#
}
