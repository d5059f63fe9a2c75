public import Core
public import SystemPackage

/// Snapshots as layers of overlayfs: the parents are its lower layers, the active snapshot its upper one.
///
/// Kernel facts: filesystems/overlayfs.rst in the kernel's documentation, and measurements named where used.
public struct OverlayDriver: StorageDriver {
    /// How many lower layers the kernel takes ("Multiple lower layers"; OVL_MAX_STACK: the 501st is EINVAL).
    public static let layerLimit = 500

    /// What users say: `--storage overlay`.
    public let name = "overlay"

    /// "whiteouts and opaque directories" in overlayfs.rst.
    public let deletionFormat = DeletionFormat.device(opaqueAttribute: "trusted.overlay.opaque")

    /// A driver; it holds no state.
    public init() {}

    /// Mounts a union of two layers, changes it, and looks whether the change landed where it belongs.
    public func probe(in directory: FilePath) -> DriverSupport {
        let snapshot = SnapshotDirectory(directory.appending("upper"))
        let lower = directory.appending("lower")
        let target = directory.appending("merged")
        do {
            for path in [lower, snapshot.path, snapshot.layer, target] { try Files.makeDirectory(path) }
            try Files.create(lower.appending("deleted"))
            try prepare(snapshot, on: [lower], access: .readWrite)
            try mounts(of: snapshot, on: [lower], at: target, access: .readWrite).execute()
            try Files.remove(target.appending("deleted"))
            guard Files.isDevice(snapshot.layer.appending("deleted")) else {
                return .unsupported(
                    reason: "a deleted file leaves no whiteout in the upper layer", remedy: nil)
            }
            return .supported
        } catch {
            return .unsupported(type: name, error)
        }
    }

    /// Makes the work directory that an upper layer needs.
    public func prepare(_ snapshot: SnapshotDirectory, on parents: [FilePath], access: RootAccess) throws {
        if access == .readWrite { try Files.makeDirectory(snapshot.work) }
    }

    /// One union mount, and the check that every layer is there.
    public func mounts(
        of snapshot: SnapshotDirectory, on parents: [FilePath], at target: FilePath, access: RootAccess
    ) throws -> MountPlan {
        // Without an upper layer, overlayfs wants two lower ones; the snapshot's own is the upper of them.
        let lowers = access == .readOnly ? [snapshot.layer] + parents : parents
        guard lowers.count <= Self.layerLimit else {
            throw StorageError.tooManyLayers(driver: name, layers: lowers.count, limit: Self.layerLimit)
        }
        if lowers.count < 2 && access == .readOnly || lowers.isEmpty {
            return MountPlan([.bind(source: snapshot.layer, target: target, readOnly: access == .readOnly)])
        }
        var options: [MountOption] = [
            .layers(LayerList(lowers.map { .init($0) }, perLayerKey: "lowerdir+", prefix: "lowerdir="))
        ]
        if access == .readWrite {
            options += [.directory("upperdir", snapshot.layer), .directory("workdir", snapshot.work)]
        }
        return MountPlan([
            .mount(
                FileSystemMount(
                    type: "overlay", source: "overlay", target: target, readOnly: access == .readOnly,
                    options: options)),
            .verifyLayers(
                LayerCheck(
                    target: target, expected: lowers.count,
                    sources: [
                        .option(key: "lowerdir+", separator: nil), .option(key: "lowerdir", separator: ":"),
                    ])),
        ])
    }
}

extension SnapshotDirectory {
    /// overlayfs's own workspace: empty, and on the same file system as the upper layer.
    fileprivate var work: FilePath { path.appending("work") }
}
