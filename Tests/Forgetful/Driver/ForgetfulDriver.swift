import CLinux
public import DriverKit
import Glibc
import OverlayDriver
public import SystemPackage

/// A driver that is right in everything but one: whoever deletes a directory and makes it again finds the old files
/// in it, because the mark that hides them is lost when the layer is sealed.
public struct ForgetfulDriver: StorageDriver {
    private let overlay = OverlayDriver()

    /// The name that `--storage` takes.
    public let name = "forgetful"
    /// overlayfs's.
    public var layers: LayerModel { overlay.layers }
    /// overlayfs's.
    public var capabilities: DriverCapabilities { overlay.capabilities }
    /// overlayfs's: it promises what it does not keep.
    public var differences: DriverDifferences { overlay.differences }

    /// The driver.
    public init() {}

    /// What overlay does.
    public func create(
        _ snapshot: SnapshotDirectory, on parents: [SnapshotDirectory], for use: SnapshotUse
    ) throws {
        try overlay.create(snapshot, on: parents, for: use)
    }

    /// Forgets every opaque mark.
    public func finish(_ snapshot: SnapshotDirectory, on parents: [SnapshotDirectory]) throws -> MountPlan {
        func forget(_ path: FilePath) throws {
            _ = path.withPlatformString { lremovexattr($0, "trusted.overlay.opaque") }
            for name in try Files.list(path) {
                let child = path.appending(FilePath(name).components)
                if Files.isDirectory(child) { try forget(child) }
            }
        }
        try forget(snapshot.layer)
        return MountPlan([])
    }

    /// What overlay does.
    public func mounts(
        of snapshot: SnapshotDirectory, on parents: [SnapshotDirectory], at target: FilePath,
        access: RootAccess
    ) throws -> MountPlan {
        try overlay.mounts(of: snapshot, on: parents, at: target, access: access)
    }
}
