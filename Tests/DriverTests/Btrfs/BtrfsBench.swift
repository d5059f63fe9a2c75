import BtrfsDriver
import CLinux
import Core
import DriverConformance
import Glibc
import SystemPackage
import Testing

/// Snapshots of the btrfs driver, on a btrfs in a file.
struct BtrfsBench: Sendable {
    let driver = BtrfsDriver()
    /// The root of the btrfs.
    let place: FilePath

    /// Runs `body` in a private mount namespace; the test is cancelled where there is no btrfs to be had.
    static func run(
        size: Int = 1 << 30, _ body: @escaping @Sendable (BtrfsBench) throws -> Void
    ) throws {
        let directory = try makeTestDirectory()
        defer { try? TreeRemoval.remove(directory) }
        let reason: String? = try PrivateMountNamespace.run {
            let ground = try #require(BtrfsDriver().capabilities.ground)
            let place: FilePath
            do { place = try GroundFile.mount(ground, size: size, in: directory) } catch {
                return "\((error as? any Explained)?.explanation.problem ?? "\(error)")"
            }
            defer { GroundFile.unmount(place) }
            try body(BtrfsBench(place: place))
            return nil
        }
        if let reason { try Test.cancel("\(reason)") }
    }

    func snapshot(_ name: String) -> SnapshotDirectory {
        SnapshotDirectory(place.appending(FilePath(name).components))
    }

    /// Makes a snapshot's directory and the snapshot in it.
    func make(
        _ name: String, on parents: [SnapshotDirectory] = [], for use: SnapshotUse = .mounting(.readWrite)
    ) throws -> SnapshotDirectory {
        let made = snapshot(name)
        try Files.makeDirectory(made.path)
        try driver.create(made, on: parents, for: use)
        return made
    }

    func finish(_ snapshot: SnapshotDirectory) throws {
        #expect(try driver.finish(snapshot, on: []).steps.isEmpty)
    }

    /// Makes a subvolume as a container's user can.
    func makeSubvolume(_ path: FilePath) throws {
        let above = try Descriptor(path.removingLastComponent(), O_RDONLY | O_DIRECTORY)
        let name = try #require(path.lastComponent?.string)
        try #require(clx_btrfs_create(above.rawValue, name) == 0, "\(path): \(Errno.current)")
    }

    func setReadOnly(_ path: FilePath) throws {
        let subvolume = try Descriptor(path, O_RDONLY | O_DIRECTORY)
        try #require(clx_btrfs_set_read_only(subvolume.rawValue, 1) == 0)
    }

    /// Mounts it anew: numbers of inodes that are free are given out again then.
    func remount() throws {
        _ = try shell(
            """
            device=$(findmnt -no SOURCE --target \(place)); exec 9< $device; umount \(place)
            mount -t btrfs $device \(place)
            """, in: "/")
    }

    /// What btrfs(8) says of the file system, a line each.
    func tool(_ words: String) throws -> [String] {
        try shell("btrfs \(words) .", in: place).split(separator: "\n").map(String.init)
    }

    func subvolumes() throws -> [String] { try tool("subvolume list") }
}
