internal import DriverKit
internal import Host
internal import Mount
internal import SystemPackage

/// Finds out whether a driver works by a snapshot's whole life: makes a layer, mounts another one on it, deletes a file
/// through the mount, and looks whether the deletion is where the driver says, and nowhere else.
struct DriverTrial {
    private let snapshots: SnapshotStore
    private let directory: FilePath
    private var driver: any StorageDriver { snapshots.driver }

    /// A trial in a private mount namespace; `directory` is removed by the caller, with the snapshots right in it.
    init(_ snapshots: SnapshotStore, in directory: FilePath) {
        self.snapshots = snapshots
        self.directory = directory
    }

    func run() -> DriverSupport {
        let parent = SnapshotDirectory(directory.appending("trial-parent"))
        let snapshot = SnapshotDirectory(directory.appending("trial-snapshot"))
        let target = directory.appending("trial-root")
        var type = driver.name
        do {
            try Files.makeDirectory(target, mode: 0o700)
            try snapshots.create(parent, on: [], for: .unpacking)
            try Files.create(parent.layer.appending("deleted"))
            try snapshots.finish(parent, on: [])
            try snapshots.create(snapshot, on: [parent], for: .mounting(.readWrite, at: target))
            let plan = try snapshots.mounts(of: snapshot, on: [parent], at: target, access: .readWrite)
            type = plan.type(at: target) ?? type
            try plan.execute()
            try Files.remove(target.appending("deleted"))
            guard try isThere("deleted", in: parent) else {
                return .unsupported(reason: "a deletion reaches the layer below", remedy: nil)
            }
        } catch {
            return .unsupported(type: type, error)
        }
        let layer = snapshot.layer
        let isWritten =
            switch driver.layers.deletions {
            case .device: Files.isDevice(layer.appending("deleted"))
            case .prefix: Files.exists(layer.appending(".wh.deleted"))
            case .none: !Files.exists(layer.appending("deleted"))
            }
        return isWritten || !driver.capabilities.keepsWrites
            ? .supported : .unsupported(reason: "a deletion is not written in the driver's form", remedy: nil)
    }

    private func isThere(_ name: FilePath, in parent: SnapshotDirectory) throws -> Bool {
        try snapshots.reading([parent]) { Files.exists(parent.layer.appending(name.components)) }
    }
}

extension MountPlan {
    /// The type of the file system that the plan mounts at `target`; nil if it mounts none there.
    fileprivate func type(at target: FilePath) -> String? {
        for case .mount(let mount) in steps where mount.target == target { return mount.type }
        return nil
    }
}
