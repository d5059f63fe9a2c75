internal import CLinux
public import DriverKit
internal import Glibc
internal import Host
internal import Images
internal import Mount
public import Storage
internal import SystemPackage

/// What a store is, and what can be done with it here: `storage info`.
public struct StoreInformation: Sendable, Encodable {
    /// A driver and what it says of itself.
    public struct Driver: Sendable, Encodable {
        /// The name that users say.
        public let name: String
        /// The executable that it is; nil if it is a part of this program.
        public let executable: String?
        /// Why it does not work here; nil if it does.
        public let reason: String?
        /// What can be done about that.
        public let remedy: String?
        /// What a program in a container may notice of it.
        public let differences: DriverDifferences
        /// The options that it takes.
        public let options: [String: String]
        /// The most layers below a writable one on this kernel, as far as that is known; nil: any number.
        public let layerLimit: Int?
        /// How many snapshots it has in this store: layers, and the write layers of kept containers.
        public let snapshots: Int
    }

    /// The file system that the store is on, or would be.
    public struct FileSystem: Sendable, Encodable {
        /// Its type, as mountinfo has it: "ext4".
        public let type: String
        /// Where it is mounted.
        public let mountPoint: String
        /// Its size in bytes.
        public let bytes: Int64
        /// What is free for an unprivileged user, in bytes.
        public let freeBytes: Int64
        /// How many inodes are free; 0 where the file system does not count them.
        public let freeInodes: Int64
    }

    /// The store's directory.
    public let root: String
    /// Whether it has been made yet.
    public let exists: Bool
    /// What it is on.
    public let fileSystem: FileSystem
    /// The file of the snapshots' metadata.
    public let metadata: String
    /// The version of its schema that this program reads and writes.
    public let metadataVersion: Int64
    /// How many images there are.
    public let images: Int
    /// How many containers run.
    public let running: Int
    /// How many have ended and were kept.
    public let kept: Int
    /// The drivers, in the order in which they are preferred.
    public let drivers: [Driver]
    /// The driver that is taken when none is named; nil if none works.
    public let defaultDriver: String?

    /// Looks at a store.
    ///
    /// - Throws: ``ImageError``, ``MountError`` or ``SystemCallError``.
    public init(_ store: Store) throws {
        root = store.root.string
        exists = store.exists
        fileSystem = try FileSystem(of: store.nearestDirectory)
        metadata = store.metadata.string
        metadataVersion = SnapshotTable.version
        images = try ImageStore(at: store.images).list().count
        let records = try Containers(store).all()
        running = records.count { $0.finished == nil }
        kept = records.count - running
        drivers = try store.drivers.all(for: store).compactMap { entry in
            guard let driver = entry.driver else { return nil }
            let snapshots = (try? Files.list(store.snapshots(of: driver.name)))?.count ?? 0
            var (reason, remedy): (String?, String?) = (nil, nil)
            if case .unsupported(let why, let help) = try store.drivers.support(of: driver, in: store) {
                (reason, remedy) = (why, help)
            }
            return Driver(
                name: driver.name, executable: entry.path?.string, reason: reason, remedy: remedy,
                differences: driver.differences,
                options: driver.capabilities.options, layerLimit: driver.capabilities.layerLimitHere(),
                snapshots: snapshots)
        }
        // No executable is taken that nobody has named.
        defaultDriver = drivers.first { $0.reason == nil && $0.executable == nil }?.name
    }
}

extension StoreInformation.FileSystem {
    fileprivate init(of directory: FilePath) throws {
        var status = statvfs()
        try systemCall("statvfs", directory) { statvfs($0, &status) }
        bytes = Int64(status.f_blocks) * Int64(status.f_frsize)
        freeBytes = Int64(status.f_bavail) * Int64(status.f_frsize)
        freeInodes = Int64(status.f_favail)
        // The deepest of the mounts above it, and of several at one place the last.
        let above = try MountTable().entries.filter { directory.starts(with: $0.target) }
        let mount = above.enumerated().max {
            ($0.element.target.length, $0.offset) < ($1.element.target.length, $1.offset)
        }?.element
        type = mount?.type ?? "unknown"
        mountPoint = mount?.target.string ?? "/"
    }
}
