internal import CLinux
internal import Core
internal import Glibc
internal import Logging
internal import SystemPackage

/// K1 to K5: deaths, damage, and what is left behind.
enum CrashCases {
    static let all: [ConformanceCase] = [
        ConformanceCase("K1", "killed after any system call: the old state or the new") { _ in
            throw ConformanceSkip(
                reason: "tried with whole programs by make test: CrashTests, RandomKillTests")
        },
        ConformanceCase("K2", "cut off from power: what was reported is there") { _ in
            throw ConformanceSkip(reason: "tried with whole programs by make test: PowerCutTests")
        },
        ConformanceCase("K3", "what dead processes left is removed, what living ones have is not") { scene in
            let store = scene.snapshots.store
            try scene.snapshots.prepare(scene.key("key"))
            let dead = store.root.appending("tmp").appending("deadbeef0000")
            try Files.makeDirectory(dead)
            try Files.create(dead.appending("file"), "x")
            let living = try LiveDirectory.makeUnique(in: store.root.appending("tmp"), store: store)
            defer { try? TreeRemoval.remove(living.path) }
            let stray = scene.snapshots.directory(of: try scene.key("stray"))
            try Files.makeDirectory(stray.path)
            try scene.mounted(scene.key("key")) { tree in
                try tree.write("file", "x")
                try Cleanup(
                    store: store, logger: Logger(label: "kit", factory: { _ in SwiftLogNoOpLogHandler() })
                )
                .removeAbandoned()
                try expect(tree.read("file"), is: "x", "what is mounted")
            }
            try expect(!Files.exists(dead), "a dead process's directory is still there")
            try expect(!Files.exists(stray.path), "a directory that belongs to no snapshot is still there")
            try expect(Files.exists(living.path), "a living process's directory is gone")
            try expect(scene.snapshots.stat(scene.key("key")).kind, is: .active, "the snapshot")
        },
        ConformanceCase("K4", "damaged metadata and a lost layer are named, and nothing is made worse") {
            scene in
            try scene.layer("base") { try $0.write("file", "x") }
            let base = try scene.key("base")
            let directory = scene.snapshots.directory(of: base)
            let aside = scene.place.appending("aside")
            try Files.rename(directory.path, to: aside)
            try expectError(
                "a child of a lost layer",
                {
                    try scene.snapshots.prepare(scene.key("child"), parent: base)
                }
            ) {
                $0 as? SnapshotError
                    == .missingDirectory(base, scene.snapshots.finishedContent(of: directory))
            }
            try Files.rename(aside, to: directory.path)
            try scene.snapshots.prepare(scene.key("child"), parent: base)

            let store = Store(at: scene.place.appending("damaged"))
            try Files.makeDirectories(store.metadata.removingLastComponent(), mode: 0o700)
            try Files.create(store.metadata, String(repeating: "not a database ", count: 500))
            let damaged = SnapshotStore(store, driver: scene.driver)
            try expectError("a damaged database", { _ = try damaged.stat(base) }) { error in
                guard case .damagedMetadata(store.metadata, _) = error as? SnapshotError else {
                    return false
                }
                return true
            }
            try expect(Files.read(store.metadata).hasPrefix("not a database"), "the damaged file was changed")
        },
        ConformanceCase("K5", "a removal works while another mount namespace still has the mount") { scene in
            let key = try scene.key("key")
            try scene.snapshots.prepare(key)
            let target = scene.place.appending("target")
            try Files.makeDirectory(target)
            let (isHeld, mayGo) = (Flag(), Flag())
            let open = try scene.snapshots.open(key)
            try open.mounts(at: target).execute()
            // Its namespace is a copy of this thread's, mounts included.
            let other = try WorkerThread {
                try PrivateMountNamespace.run {
                    isHeld.set()
                    while !mayGo.isSet { usleep(1000) }
                    try expect(MountTable().mount(at: target) != nil, "it was unmounted there too")
                }
            }
            while !isHeld.isSet { usleep(1000) }
            defer { mayGo.set() }
            unmountAll(at: target)
            open.close()
            try scene.snapshots.remove(key)
            try expect(!Files.exists(scene.snapshots.directory(of: key).path), "the directory is still there")
            mayGo.set()
            try other.join()
        },
    ]
}
