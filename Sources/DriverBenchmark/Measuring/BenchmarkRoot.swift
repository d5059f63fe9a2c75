internal import Core
internal import Glibc
internal import SystemPackage

/// Where a workload is run: the bare file system, or a root made by a driver.
protocol BenchmarkRoot: Sendable {
    /// "bare", or the driver's name.
    var name: String { get }
    /// Runs `body` with a writable root on a ground, in a mount namespace of its own.
    ///
    /// On the bare file system it is the ground itself, so what is changed has to be changed back.
    func with<Value: Sendable>(_ ground: Ground, _ body: @escaping @Sendable (FilePath) throws -> Value)
        throws -> Value
    /// How long it takes to make a root and to undo it.
    func mountTime(_ ground: Ground) throws -> Double
    /// What a root in which one small file was written takes of the disk.
    func usage(_ ground: Ground) throws -> SnapshotUsage
    /// Runs `body` with two roots on one ground.
    func withTwo<Value: Sendable>(
        _ ground: Ground, _ body: @escaping @Sendable (FilePath, FilePath) throws -> Value
    ) throws -> Value
}

/// The file system that the store is on, without any driver: grounds are plain directories.
struct BareRoot: BenchmarkRoot {
    let name = "bare"
    let directory: FilePath

    private func path(_ ground: Ground) throws -> FilePath {
        let path = directory.appending("bare-\(ground.name)")
        if Files.isDirectory(path) { return path }
        try Files.makeDirectory(path)
        for layer in 0..<ground.depth { try ground.write(layer: layer, in: path) }
        return path
    }

    func with<Value: Sendable>(
        _ ground: Ground, _ body: @escaping @Sendable (FilePath) throws -> Value
    ) throws -> Value {
        let path = try path(ground)
        return try PrivateMountNamespace.run { try body(path) }
    }

    func withTwo<Value: Sendable>(
        _ ground: Ground, _ body: @escaping @Sendable (FilePath, FilePath) throws -> Value
    ) throws -> Value {
        try with(ground) { try body($0, $0) }
    }

    /// A bind mount: the cheapest there is.
    func mountTime(_ ground: Ground) throws -> Double {
        let source = try path(ground)
        let target = directory.appending("mount")
        try Files.makeDirectory(target)
        defer { try? Files.removeDirectory(target) }
        let plan = MountPlan([.bind(source: source, target: target, readOnly: false)])
        return try PrivateMountNamespace.run {
            try Stopwatch.time {
                try plan.execute()
                try FileWork.unmount(target)
            }
        }
    }

    func usage(_ ground: Ground) throws -> SnapshotUsage {
        let path = directory.appending("usage")
        try Files.makeDirectory(path)
        defer { try? TreeRemoval.remove(path) }
        try FileWork.write(path.appending("new"), bytes: 1)
        return try TreeUsage.measure(path)
    }
}

/// Roots made by one driver: every one is an active snapshot of its own, gone afterwards.
struct DriverRoot: BenchmarkRoot {
    let snapshots: SnapshotStore
    /// For mount points.
    let directory: FilePath

    var name: String { snapshots.driver.name }

    /// The ground's uppermost layer, made the first time.
    private func top(_ ground: Ground) throws -> SnapshotKey {
        if let limit = snapshots.driver.capabilities.layerLimit, ground.depth > limit {
            throw NotMeasured(reason: "\(limit) layers at most")
        }
        // Where only the whole image is a tree, it is the same for any number of layers.
        let isWhole = !snapshots.driver.layers.hasLayers
        let name = "\(ground.name)-\(isWhole ? 0 : ground.depth - 1)"
        if (try? snapshots.stat(SnapshotKey(name))) != nil { return try SnapshotKey(name) }
        var parent: SnapshotKey?
        for layer in 0..<(isWhole ? 1 : ground.depth) {
            let (work, key) = (try SnapshotKey("work"), try SnapshotKey("\(ground.name)-\(layer)"))
            try snapshots.prepare(work, parent: parent)
            // As an image's layer arrives: written beside, never mounted.
            for part in layer..<(isWhole ? ground.depth : layer + 1) {
                try ground.write(layer: part, in: snapshots.directory(of: work).layer)
            }
            try snapshots.commit(work, as: key)
            parent = key
        }
        return try SnapshotKey(name)
    }

    private func prepare(_ ground: Ground, _ name: String = "run") throws -> SnapshotKey {
        let key = try SnapshotKey(name)
        try snapshots.prepare(key, parent: top(ground))
        return key
    }

    private func withMountPoint<Value>(_ name: String, _ body: (FilePath) throws -> Value) throws -> Value {
        let target = directory.appending(FilePath("mount-\(name)").components)
        try Files.makeDirectory(target)
        defer { try? Files.removeDirectory(target) }
        return try body(target)
    }

    func with<Value: Sendable>(
        _ ground: Ground, _ body: @escaping @Sendable (FilePath) throws -> Value
    ) throws -> Value {
        let key = try prepare(ground)
        defer { try? snapshots.remove(key) }
        return try withMountPoint(name) { target in
            let open = try snapshots.open(key)
            let plan = try open.mounts(at: target)
            return try PrivateMountNamespace.run {
                try plan.execute()
                return try body(target)
            }
        }
    }

    func withTwo<Value: Sendable>(
        _ ground: Ground, _ body: @escaping @Sendable (FilePath, FilePath) throws -> Value
    ) throws -> Value {
        let keys = [try prepare(ground), try prepare(ground, "other")]
        defer { for key in keys { try? snapshots.remove(key) } }
        return try withMountPoint("\(name)-1") { first in
            try withMountPoint("\(name)-2") { second in
                let one = try snapshots.open(keys[0])
                let two = try snapshots.open(keys[1])
                let plans = [try one.mounts(at: first), try two.mounts(at: second)]
                return try PrivateMountNamespace.run {
                    for plan in plans { try plan.execute() }
                    return try body(first, second)
                }
            }
        }
    }

    func mountTime(_ ground: Ground) throws -> Double {
        let key = try prepare(ground)
        defer { try? snapshots.remove(key) }
        return try withMountPoint(name) { target in
            let open = try snapshots.open(key)
            // What the driver takes to say what is to be mounted is part of it.
            var plan = MountPlan([])
            let asked = try Stopwatch.time { plan = try open.mounts(at: target) }
            return try PrivateMountNamespace.run { [plan] in
                try asked
                    + Stopwatch.time {
                        try plan.execute()
                        try FileWork.unmount(target)
                    }
            }
        }
    }

    func usage(_ ground: Ground) throws -> SnapshotUsage {
        let key = try prepare(ground)
        defer { try? snapshots.remove(key) }
        try withMountPoint(name) { target in
            let open = try snapshots.open(key)
            let plan = try open.mounts(at: target)
            try PrivateMountNamespace.run {
                try plan.execute()
                try FileWork.write(target.appending("new"), bytes: 1)
            }
        }
        // All of it: what the driver keeps beside the layer counts as well.
        return try TreeUsage.measure(snapshots.directory(of: key).path)
    }
}
