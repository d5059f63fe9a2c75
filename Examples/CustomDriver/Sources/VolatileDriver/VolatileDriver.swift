import DriverKit
import SystemPackage

/// overlayfs that never syncs: for containers whose changes nobody keeps, such as those of a build farm.
///
/// The mount option `volatile` (Linux 5.10; overlayfs.rst, "Volatile mount") makes sync(2) and fsync(2) inside the
/// container cost nothing. After a power cut the write layer is worthless, and so this driver is not for `--keep`.
public struct VolatileDriver: StorageDriver {
    /// What users say: `--storage volatile`.
    public let name = "volatile"

    /// overlayfs's own form: a device 0:0, and this attribute on opaque directories.
    public let layers = LayerModel.changes(.device(opaqueAttribute: "trusted.overlay.opaque"))

    /// overlayfs takes 500 lower layers.
    static let layerLimit = 500

    /// What Core has to know.
    public let capabilities = DriverCapabilities(layerLimit: layerLimit)

    /// What overlayfs does differently from a plain directory; the conformance kit holds the driver to it.
    public let differences = DriverDifferences(
        nativeDiff: true, directoryRename: .failsAcrossDevices, linkedCopyUp: .breaksLinks,
        mapping: .keepsOldContent)

    /// A driver; it holds no state.
    public init() {}

    /// Beside the write layer overlayfs wants an empty directory of its own.
    public func create(
        _ snapshot: SnapshotDirectory, on parents: [SnapshotDirectory], for use: SnapshotUse
    ) throws {
        try snapshot.makeLayer(on: parents.first)
        if use.access == .readWrite { try Files.makeDirectory(snapshot.work) }
    }

    /// A volatile write layer is refused a second time as long as this is there: it may have lost something.
    ///
    /// It has not: the machine is still up, or the store would have been cleaned up.
    public func reopen(_ snapshot: SnapshotDirectory) throws {
        let mark = snapshot.work.appending("work/incompat/volatile")
        if Files.exists(mark) { try TreeRemoval.remove(mark) }
    }

    /// One overlay mount, and a check that the kernel took every layer.
    public func mounts(
        of snapshot: SnapshotDirectory, on parents: [SnapshotDirectory], at target: FilePath, access: RootAccess
    ) throws -> MountPlan {
        let isReadOnly = access == .readOnly
        guard parents.count <= Self.layerLimit else {
            throw StorageError.tooManyLayers(driver: name, layers: parents.count, limit: Self.layerLimit)
        }
        // Without a write layer overlayfs wants two lower ones. A single directory needs no union.
        if parents.count < (isReadOnly ? 2 : 1) {
            let source = (parents.first ?? snapshot).layer
            return MountPlan([.bind(source: source, target: target, readOnly: isReadOnly)])
        }
        var options: [MountOption] = [
            .layers(LayerList(parents.map { .init($0.layer) }, perLayerKey: "lowerdir+", prefix: "lowerdir="))
        ]
        if !isReadOnly {
            options += [
                .directory("upperdir", snapshot.layer), .directory("workdir", snapshot.work),
                .flag("volatile"),
            ]
        }
        let check = LayerCheck(
            target: target, expected: parents.count,
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
