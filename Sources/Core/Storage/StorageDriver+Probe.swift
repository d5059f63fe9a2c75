public import SystemPackage

extension StorageDriver {
    /// The trial that suits most drivers: mounts a snapshot on one layer, deletes a file of that layer in it, and
    /// looks whether the deletion is where ``deletionFormat`` says, and nowhere else.
    public func probe(in directory: FilePath) -> DriverSupport {
        let snapshot = SnapshotDirectory(directory.appending("snapshot"))
        let parent = directory.appending("parent")
        let target = directory.appending("root")
        var type = name
        do {
            for path in [parent, snapshot.path, snapshot.layer, target] { try Files.makeDirectory(path) }
            try Files.create(parent.appending("deleted"))
            try prepare(snapshot, on: [parent], access: .readWrite)
            let plan = try mounts(of: snapshot, on: [parent], at: target, access: .readWrite)
            type = plan.type(at: target) ?? name
            try plan.execute()
            try Files.remove(target.appending("deleted"))
        } catch {
            return .unsupported(type: type, error)
        }
        guard Files.exists(parent.appending("deleted")) else {
            return .unsupported(reason: "a deletion reaches the layer below", remedy: nil)
        }
        let isWritten =
            switch deletionFormat {
            case .device: Files.isDevice(snapshot.layer.appending("deleted"))
            case .prefix: Files.exists(snapshot.layer.appending(".wh.deleted"))
            case .none: !Files.exists(snapshot.layer.appending("deleted"))
            }
        return isWritten
            ? .supported : .unsupported(reason: "a deletion is not written in the driver's form", remedy: nil)
    }
}

extension MountPlan {
    /// The type of the file system that the plan mounts at `target`; nil if it mounts none there.
    fileprivate func type(at target: FilePath) -> String? {
        for case .mount(let mount) in steps where mount.target == target { return mount.type }
        return nil
    }
}
