public import DriverKit
public import SystemPackage

/// Snapshots as layers of overlayfs: the parents are its lower layers, the active snapshot its upper one.
///
/// Kernel facts: filesystems/overlayfs.rst in the kernel's documentation, and measurements named where used.
public struct OverlayDriver: StorageDriver {
    /// How many lower layers the kernel takes ("Multiple lower layers"; OVL_MAX_STACK: the 501st is EINVAL).
    public static let layerLimit = 500

    /// What users say: `--storage overlay`.
    public let name = "overlay"

    /// "whiteouts and opaque directories", and for whom may not set trusted attributes, "User xattr" in overlayfs.rst.
    public var layers: LayerModel {
        .changes(
            .device(
                opaqueAttribute: ProcessRights.areLimited
                    ? "user.overlay.opaque" : "trusted.overlay.opaque"))
    }

    /// As many layers as the kernel takes.
    public let capabilities = DriverCapabilities(layerLimit: layerLimit)

    /// What overlayfs does with the options that ``mounts(of:on:at:access:)`` sets ("Non-standard behavior" and
    /// "redirect_dir" in overlayfs.rst).
    public let differences = DriverDifferences(
        nativeDiff: true, directoryRename: .failsAcrossDevices, linkedCopyUp: .breaksLinks,
        mapping: .keepsOldContent)

    /// A driver; it holds no state.
    public init() {}

    /// Makes the layer directory and, where it is going to be an upper one, the work directory that this needs.
    public func create(
        _ snapshot: SnapshotDirectory, on parents: [SnapshotDirectory], for use: SnapshotUse
    ) throws {
        try snapshot.makeLayer(on: parents.first)
        if use.access == .readWrite { try Files.makeDirectory(snapshot.work) }
    }

    /// Whether the snapshot was made to be written to through a mount.
    public func hasBeenMountable(_ snapshot: SnapshotDirectory) -> Bool { Files.exists(snapshot.work) }

    /// One union mount, and the check that every layer is there.
    public func mounts(
        of snapshot: SnapshotDirectory, on parents: [SnapshotDirectory], at target: FilePath,
        access: RootAccess
    ) throws -> MountPlan {
        guard parents.count <= Self.layerLimit else {
            throw StorageError.tooManyLayers(driver: name, layers: parents.count, limit: Self.layerLimit)
        }
        // Without an upper layer, overlayfs wants two lower ones. A single directory needs no union.
        if parents.count < (access == .readOnly ? 2 : 1) {
            return MountPlan([
                .bind(
                    source: (parents.first ?? snapshot).layer, target: target, readOnly: access == .readOnly)
            ])
        }
        var options: [MountOption] = [
            .layers(LayerList(parents.map { .init($0.layer) }, perLayerKey: "lowerdir+", prefix: "lowerdir="))
        ]
        // A kernel may be built with other defaults. With redirects or metadata-only copies a layer directory
        // would not hold all that was changed, and could not be read as a diff or moved to another driver.
        options += [.string("redirect_dir", "nofollow"), .string("metacopy", "off"), .string("index", "off")]
        // Linux 5.11.
        if ProcessRights.areLimited { options.append(.flag("userxattr")) }
        if access == .readWrite {
            options += [.directory("upperdir", snapshot.layer), .directory("workdir", snapshot.work)]
        }
        return MountPlan([
            .mount(
                FileSystemMount(
                    type: "overlay", source: "overlay", target: target, readOnly: access == .readOnly,
                    options: options,
                    // "Volatile mount" in overlayfs.rst, since Linux 5.10. Without it, unmounting writes out whatever
                    // anybody has written to the file system below (ovl_sync_fs in fs/overlayfs/super.c).
                    scratchFlag: access == .readWrite ? "volatile" : nil)),
            .verifyLayers(
                LayerCheck(
                    target: target, expected: parents.count,
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
