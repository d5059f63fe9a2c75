internal import CLinux
internal import Core
internal import Glibc
internal import SystemPackage

/// P1 to P5: many users at once.
enum ConcurrencyCases {
    static let all: [ConformanceCase] = [
        // Users are threads, each with open files (flock(2)), a connection and a mount namespace of its own. They
        // share SQLite's table of locks, as processes do not: those are tried by LifecycleTests and RandomKillTests.
        ConformanceCase("P1", "64 users prepare, mount, write, unmount and remove on one image") { scene in
            try scene.layer("base") { tree in
                for number in 0..<20 { try tree.write("file\(number)", "content") }
            }
            let before = try scene.seen(on: "base")
            let workers = try (0..<64).map { number in
                try WorkerThread {
                    // A store and a mount namespace of its own, as every process has.
                    try PrivateMountNamespace.run {
                        let key = try scene.key("user-\(number)")
                        let mine = try scene.again()
                        try mine.snapshots.prepare(key, parent: mine.key("base"))
                        try mine.mounted(key) { tree in
                            try tree.append("file1", " \(number)")
                            try tree.remove("file2")
                            try expect(tree.read("file1"), is: "content \(number)", "another one's content")
                        }
                        try mine.snapshots.remove(key)
                    }
                }
            }
            let results = workers.map { worker in Result { try worker.join() } }
            for result in results { try result.get() }
            try scene.seen(on: "base").expectSame(as: before, "the image")
            var left = 0
            try scene.snapshots.walk { _ in left += 1 }
            try expect(left, is: 1, "snapshots left")
        },
        ConformanceCase("P2", "an active snapshot is mounted once at a time") { scene in
            let key = try scene.key("key")
            try scene.snapshots.prepare(key)
            try scene.mounted(key) { _ in
                for user in [scene, try scene.again()] {
                    try expectError("a second mount", { try user.mounted(key) { _ in } }) {
                        $0 as? SnapshotError == .inUse(key)
                    }
                }
            }
            try scene.mounted(key) { _ in }
        },
        ConformanceCase("P3", "what is mounted is not removed") { scene in
            try scene.layer("base") { try $0.write("file", "x") }
            let (base, view, work) = (try scene.key("base"), try scene.key("view"), try scene.key("work"))
            try scene.snapshots.view(view, parent: base)
            try scene.snapshots.prepare(work, parent: base)
            for key in [view, work] {
                try scene.mounted(key) { tree in
                    try expectError("removing \(key)", { try scene.snapshots.remove(key) }) {
                        $0 as? SnapshotError == .inUse(key)
                    }
                    try expectError("removing its parent", { try scene.snapshots.remove(base) }) { error in
                        if case .hasChildren = error as? SnapshotError { true } else { false }
                    }
                    try expect(tree.read("file"), is: "x", "the file")
                }
            }
        },
        ConformanceCase("P4", "of many commits to one name exactly one wins") { scene in
            let name = try scene.key("name")
            let workers = try (0..<8).map { number in
                let key = try scene.key("key-\(number)")
                try scene.snapshots.prepare(key)
                try scene.mounted(key) { try $0.write("winner", "\(number)") }
                return try WorkerThread { () -> Bool in
                    do { try scene.again().snapshots.commit(key, as: name) } catch SnapshotError.exists(name)
                    {
                        return false
                    }
                    return true
                }
            }
            let results = workers.map { worker in Result { try worker.join() } }
            let winners = try results.map { try $0.get() }.enumerated().filter(\.element).map(\.offset)
            try expect(winners.count, is: 1, "winners")
            let view = try scene.key("view")
            try scene.snapshots.view(view, parent: name)
            try scene.mounted(view) { tree in
                try expect(tree.read("winner"), is: "\(winners[0])", "whose content it is")
            }
        },
        ConformanceCase("P5", "a long commit holds up nobody") { scene in
            try scene.layer("base") { try $0.write("file", "x") }
            let (big, work) = (try scene.key("big"), try scene.key("work"))
            try scene.snapshots.prepare(big)
            let slow = SlowDriver(scene.driver)
            let store = scene.snapshots.store
            let commit = try WorkerThread {
                _ = try SnapshotStore(store, driver: slow).commit(big, as: scene.key("layer"))
            }
            // Whatever comes of it, the commit has to come to its end.
            defer { slow.mayGo.set() }
            while !slow.isAtWork.isSet { usleep(1000) }
            try expect(scene.snapshots.stat(big).kind, is: .active, "what is being committed")
            try scene.snapshots.prepare(work, parent: scene.key("base"))
            try scene.mounted(work) { try $0.write("new", "x") }
            try scene.snapshots.commit(work, as: scene.key("other"))
            try scene.snapshots.remove(scene.key("other"))
            var seen = 0
            try scene.snapshots.walk { _ in seen += 1 }
            try expect(seen, is: 2, "snapshots meanwhile")
            slow.mayGo.set()
            try commit.join()
            try expect(scene.snapshots.stat(scene.key("layer")).kind, is: .committed, "in the end")
        },
    ]
}

/// A driver for which committing takes as long as somebody wants.
private struct SlowDriver: StorageDriver {
    let isAtWork = Flag()
    let mayGo = Flag()
    private let driver: any StorageDriver

    init(_ driver: any StorageDriver) {
        self.driver = driver
    }

    var name: String { driver.name }
    var layers: LayerModel { driver.layers }
    var capabilities: DriverCapabilities { driver.capabilities }

    func create(
        _ snapshot: SnapshotDirectory, on parents: [SnapshotDirectory], for use: SnapshotUse
    ) throws {
        try driver.create(snapshot, on: parents, for: use)
    }

    func finish(_ snapshot: SnapshotDirectory, on parents: [SnapshotDirectory]) throws -> MountPlan {
        isAtWork.set()
        while !mayGo.isSet { usleep(1000) }
        return try driver.finish(snapshot, on: parents)
    }

    func reopen(_ snapshot: SnapshotDirectory) throws { try driver.reopen(snapshot) }
    func reading(_ snapshot: SnapshotDirectory) throws -> MountPlan { try driver.reading(snapshot) }
    func discard(_ snapshot: SnapshotDirectory) throws { try driver.discard(snapshot) }

    func usage(
        of snapshot: SnapshotDirectory, on parents: [SnapshotDirectory]
    ) throws -> SnapshotUsage? {
        try driver.usage(of: snapshot, on: parents)
    }

    func mounts(
        of snapshot: SnapshotDirectory, on parents: [SnapshotDirectory], at target: FilePath,
        access: RootAccess
    ) throws -> MountPlan {
        try driver.mounts(of: snapshot, on: parents, at: target, access: access)
    }
}
