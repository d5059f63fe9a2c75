import Core
import SystemPackage

/// overlayfs that never syncs: for containers whose changes nobody keeps, such as those of a build farm.
///
/// The mount option `volatile` (Linux 5.10; overlayfs.rst, "Volatile mount") makes sync(2) and fsync(2) inside the
/// container cost nothing. After a power cut the write layer is worthless, and so this driver is not for `--keep`.
public struct VolatileDriver: StorageDriver {
    /// What users say: `--storage volatile`.
    public let name = "volatile"

    /// overlayfs's own form: a device 0:0, and this attribute on opaque directories.
    public let deletionFormat = DeletionFormat.device(opaqueAttribute: "trusted.overlay.opaque")

    /// overlayfs takes 500 lower layers.
    static let layerLimit = 500

    /// A driver; it holds no state.
    public init() {}

    /// overlayfs wants an empty directory of its own on the file system of the write layer.
    public func prepare(_ snapshot: SnapshotDirectory, on parents: [FilePath], access: RootAccess) throws {
        if access == .readWrite { try Files.makeDirectory(snapshot.work) }
    }

    /// One overlay mount, and a check that the kernel took every layer.
    public func mounts(
        of snapshot: SnapshotDirectory, on parents: [FilePath], at target: FilePath, access: RootAccess
    ) throws -> MountPlan {
        let isReadOnly = access == .readOnly
        // Without a write layer overlayfs wants two lower ones: the snapshot's own, empty one is the first.
        let lowers = isReadOnly ? [snapshot.layer] + parents : parents
        guard lowers.count <= Self.layerLimit else {
            throw StorageError.tooManyLayers(driver: name, layers: lowers.count, limit: Self.layerLimit)
        }
        if parents.isEmpty {
            return MountPlan([.bind(source: snapshot.layer, target: target, readOnly: isReadOnly)])
        }
        var options: [MountOption] = [
            .layers(LayerList(lowers.map { .init($0) }, perLayerKey: "lowerdir+", prefix: "lowerdir="))
        ]
        if !isReadOnly {
            options += [
                .directory("upperdir", snapshot.layer), .directory("workdir", snapshot.work),
                .flag("volatile"),
            ]
        }
        let check = LayerCheck(
            target: target, expected: lowers.count,
            sources: [.option(key: "lowerdir+", separator: nil), .option(key: "lowerdir", separator: ":")])
        return MountPlan([
            .mount(
                FileSystemMount(
                    type: "overlay", source: "overlay", target: target, readOnly: isReadOnly, options: options
                )),
            .verifyLayers(check),
        ])
    }
}

extension SnapshotDirectory {
    /// overlayfs's workspace, next to the layer directory.
    fileprivate var work: FilePath { path.appending("work") }
}
