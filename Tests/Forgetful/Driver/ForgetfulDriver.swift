import CLinux
public import Core
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
    public var deletionFormat: DeletionFormat { overlay.deletionFormat }
    /// overlayfs's: it promises what it does not keep.
    public var capabilities: DriverCapabilities { overlay.capabilities }

    /// The driver.
    public init() {}

    /// What overlay does.
    public func prepare(
        _ snapshot: SnapshotDirectory, on parents: [FilePath], access: RootAccess
    ) throws {
        try overlay.prepare(snapshot, on: parents, access: access)
    }

    /// Forgets every opaque mark.
    public func seal(_ snapshot: SnapshotDirectory) throws {
        func forget(_ path: FilePath) throws {
            _ = path.withPlatformString { lremovexattr($0, "trusted.overlay.opaque") }
            for name in try Files.list(path) {
                let child = path.appending(FilePath(name).components)
                if Files.isDirectory(child) { try forget(child) }
            }
        }
        try forget(snapshot.layer)
    }

    /// What overlay does.
    public func mounts(
        of snapshot: SnapshotDirectory, on parents: [FilePath], at target: FilePath, access: RootAccess
    ) throws -> MountPlan {
        try overlay.mounts(of: snapshot, on: parents, at: target, access: access)
    }
}
