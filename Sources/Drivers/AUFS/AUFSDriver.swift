public import DriverKit
public import SystemPackage

/// Snapshots as branches of AUFS: the active one is the writable branch above its read-only parents.
///
/// Sources: the aufs manual (aufs.5) and its kernel code; what was measured is in docs/aufs.md.
public struct AUFSDriver: StorageDriver {
    /// How many branches a mount takes at most (CONFIG_AUFS_BRANCH_MAX_*; 127 unless built for more).
    ///
    /// One is the writable one. The kernel answers more with ENOSPC, which the plan's execution reports.
    public static let largestBranchLimit = 32767

    /// Branches in one mount(2) call.
    ///
    /// AUFS parses options into one page of slots: 100 branches are E2BIG,
    /// 70 mount (measured on 6.1). With descriptors as names a call then stays under 700 bytes too.
    static let batch = 60

    /// What users say: `--storage aufs`.
    public let name = "aufs"

    /// `.wh.NAME`, and `.wh..wh..opq` in an opaque directory: the form that OCI archives took over.
    public let layers = LayerModel.changes(.prefix)

    /// All but one of the branches.
    public var capabilities: DriverCapabilities { Self.branches }

    private static let branches = DriverCapabilities(
        layerLimit: largestBranchLimit - 1,
        builtLimits: Dictionary(
            uniqueKeysWithValues: [127, 511, 1023, 32767].map { ("CONFIG_AUFS_BRANCH_MAX_\($0)", $0 - 1) }))

    /// What aufs does (aufs.5): a whole page of differences is in docs/aufs.md.
    public let differences = DriverDifferences(
        nativeDiff: true, directoryRename: .failsAcrossDevices, linkedCopyUp: .keepsLinksWhileMounted,
        openFile: .followsCopyUp, mapping: .keepsOldContent, reservedPrefix: ".wh.", copyUpReadsHoles: true,
        timeGranularity: 1_000_000_000, longestName: 242)

    /// A driver; it holds no state.
    public init() {}

    /// Makes the branch and the mount point for the table of inode numbers.
    public func create(
        _ snapshot: SnapshotDirectory, on parents: [SnapshotDirectory], for use: SnapshotUse
    ) throws {
        try snapshot.makeLayer(on: parents.first)
        if use.access != nil { try Files.makeDirectory(snapshot.xino) }
    }

    /// Removes aufs's own files, so that they are neither counted nor seen in a diff; it makes them again.
    ///
    /// Spells out what opaque directories hide: aufs shows too much where one lies above another.
    public func finish(_ snapshot: SnapshotDirectory, on parents: [SnapshotDirectory]) throws -> MountPlan {
        try Files.keepingTimes(of: snapshot.layer) {
            for name in [".wh..wh.aufs", ".wh..wh.orph", ".wh..wh.plnk"] {
                try TreeRemoval.remove(snapshot.layer.appending(FilePath(name).components))
            }
        }
        try OpaqueDirectories.spellOut(in: snapshot.layer, on: parents.map(\.layer))
        return MountPlan([])
    }

    /// One union mount, in batches of branches, and the check that every layer is there.
    public func mounts(
        of snapshot: SnapshotDirectory, on parents: [SnapshotDirectory], at target: FilePath,
        access: RootAccess
    ) throws -> MountPlan {
        guard parents.count < Self.largestBranchLimit else {
            throw StorageError.tooManyLayers(
                driver: name, layers: parents.count, limit: Self.largestBranchLimit - 1)
        }
        // "ro+wh": whiteouts in a read-only branch count; with plain "ro" deleted files come back.
        let own = LayerList.Layer(snapshot.layer, suffix: access == .readWrite ? "=rw" : "=ro+wh")
        var rest = parents.map { LayerList.Layer($0.layer, suffix: "=ro+wh") }[...]
        let first = [own] + rest.prefix(Self.batch - 1)
        rest = rest.dropFirst(Self.batch - 1)

        // The table of inode numbers must not lie on a branch, on XFS or on btrfs, and two mounts must not
        // share its name: a tmpfs of its own, out of sight as soon as the union holds the (unlinked) file.
        var steps: [MountStep] = [
            .mount(
                FileSystemMount(
                    type: "tmpfs", source: "xino", target: snapshot.xino,
                    options: [.string("mode", "0700")])),
            .mount(
                FileSystemMount(
                    type: "aufs", source: "none", target: target, readOnly: access == .readOnly,
                    options: [
                        .layers(LayerList(first, prefix: "br:")), .flag("dirperm1"), .flag("acl"),
                        .file("xino", in: snapshot.xino, name: "xino"),
                    ])),
            .detach(target: snapshot.xino),
        ]
        while !rest.isEmpty {
            let append = LayerList(Array(rest.prefix(Self.batch)), prefix: "append:", separator: ",append:")
            steps.append(.reconfigure(target: target, type: "aufs", options: [.layers(append)]))
            rest = rest.dropFirst(Self.batch)
        }
        steps.append(
            .verifyLayers(
                LayerCheck(
                    target: target, expected: parents.count + 1,
                    sources: [.directory(prefix: "/sys/fs/aufs/si_", option: "si", entryPrefix: "br")])))
        return MountPlan(steps)
    }
}

extension SnapshotDirectory {
    /// Where the tmpfs for the table of inode numbers is mounted.
    fileprivate var xino: FilePath { path.appending("xino") }
}
