internal import CLinux
internal import Core
internal import Glibc
internal import SystemPackage

/// M: what a snapshot is, and what may be done with it.
enum ModelCases {
    static let all: [ConformanceCase] = [
        ConformanceCase("M1", "an empty layer's root is 0755 0:0") { scene in
            let key = try scene.key("empty")
            try scene.snapshots.prepare(key)
            try scene.mounted(key) { tree in
                let status = try tree.status("")
                try expect(status.st_mode & 0o7777, is: 0o755, "mode")
                try expect(
                    status.st_uid == 0 && status.st_gid == 0, "owner \(status.st_uid):\(status.st_gid)")
            }
        },
        ConformanceCase("M2", "commit: kind and parent are right, the key is gone") { scene in
            try scene.layer("base") { try $0.write("a", "1") }
            let work = try scene.key("work")
            try scene.snapshots.prepare(work, parent: scene.key("base"))
            let committed = try scene.snapshots.commit(work, as: scene.key("top"))
            try expect(committed.kind, is: .committed, "kind")
            try expect(committed.parent, is: scene.key("base"), "parent")
            try expectError("stat of the old key", { _ = try scene.snapshots.stat(work) }) {
                $0 as? SnapshotError == .notFound(work)
            }
        },
        ConformanceCase("M3", "an active snapshot or a view as parent is refused") { scene in
            try scene.snapshots.prepare(scene.key("active"))
            try scene.snapshots.view(scene.key("view"))
            for (name, kind) in [("active", SnapshotKind.active), ("view", .view)] {
                let (parent, child) = (try scene.key(name), try scene.key("child"))
                try expectError("\(name) as parent", { try scene.snapshots.prepare(child, parent: parent) }) {
                    $0 as? SnapshotError == .parentNotCommitted(parent, kind)
                }
            }
        },
        ConformanceCase("M4", "a key that is taken is refused, by whatever kind") { scene in
            let key = try scene.key("key")
            let isTaken: (any Error) -> Bool = { $0 as? SnapshotError == .exists(key) }
            try scene.snapshots.prepare(key)
            try expectError("prepare/prepare", { try scene.snapshots.prepare(key) }, isTaken)
            try expectError("prepare/view", { try scene.snapshots.view(key) }, isTaken)
            try scene.snapshots.remove(key)
            try scene.snapshots.view(key)
            try expectError("view/view", { try scene.snapshots.view(key) }, isTaken)
            try scene.snapshots.remove(key)
            try scene.layer("key") { _ in }
            try expectError("prepare/name", { try scene.snapshots.prepare(key) }, isTaken)
            let other = try scene.key("other")
            try scene.snapshots.prepare(other)
            try expectError(
                "commit to a name that is taken",
                {
                    try scene.snapshots.commit(other, as: key)
                }, isTaken)
            try scene.snapshots.commit(other, as: scene.key("free"))
        },
        ConformanceCase("M5", "a parent cannot be removed before its children") { scene in
            try scene.layer("base") { _ in }
            try scene.layer("top", on: "base") { _ in }
            let (base, top) = (try scene.key("base"), try scene.key("top"))
            try expectError("removing the parent", { try scene.snapshots.remove(base) }) {
                $0 as? SnapshotError == .hasChildren(base, children: [top])
            }
            try scene.snapshots.remove(top)
            try scene.snapshots.remove(base)
        },
        ConformanceCase("M6", "a name is free again after its removal") { scene in
            for text in ["one", "two"] {
                try scene.layer("name") { try $0.write("file", text) }
                try expect(scene.seen(on: "name").entries[Array("file".utf8)]?.size, is: 3, "the file")
                try scene.snapshots.remove(scene.key("name"))
            }
        },
        ConformanceCase("M7", "a view, a committed or a missing snapshot cannot be committed") { scene in
            let (view, done, none) = (try scene.key("view"), try scene.key("done"), try scene.key("none"))
            try scene.snapshots.view(view)
            try scene.layer("done") { _ in }
            let name = try scene.key("name")
            try expectError("a view", { try scene.snapshots.commit(view, as: name) }) {
                $0 as? SnapshotError == .notActive(view, .view)
            }
            try expectError("a committed one", { try scene.snapshots.commit(done, as: name) }) {
                $0 as? SnapshotError == .notActive(done, .committed)
            }
            try expectError("a missing one", { try scene.snapshots.commit(none, as: name) }) {
                $0 as? SnapshotError == .notFound(none)
            }
        },
        ConformanceCase("M8", "every change through a view fails with EROFS") { scene in
            try scene.layer("base") { tree in
                try tree.write("file", "content")
                try tree.makeDirectory("dir")
            }
            let view = try scene.key("view")
            try scene.snapshots.view(view, parent: scene.key("base"))
            try scene.mounted(view) { tree in
                let changes: [(String, () throws -> Void)] = [
                    ("write", { try tree.append("file", "x") }), ("create", { try tree.write("new", "x") }),
                    ("unlink", { try tree.remove("file") }), ("rmdir", { try tree.removeDirectory("dir") }),
                    ("mkdir", { try tree.makeDirectory("more") }),
                    ("chmod", { try tree.changeMode("file", 0) }),
                    ("rename", { try tree.rename("file", to: "name") }),
                    ("utimensat", { try tree.setTime("file", 1, 0) }),
                ]
                for (name, change) in changes {
                    try expectError(name, change) { errno(of: $0) == .readOnlyFileSystem }
                }
                try expect(tree.read("file"), is: "content", "the file")
            }
        },
        ConformanceCase("M9", "labels: all, one, none; nothing else can be updated") { scene in
            let key = try scene.key("key")
            let made = try scene.snapshots.prepare(key, labels: ["a": "1", "b": "2"])
            try expect(made.labels, is: ["a": "1", "b": "2"], "labels")
            let one = try scene.snapshots.update(key, .label("a", "3"))
            try expect(one.labels, is: ["a": "3", "b": "2"], "one label updated")
            try expect(one.created == made.created && one.updated >= made.updated, "timestamps")
            try expect(scene.snapshots.update(key, .label("b", nil)).labels, is: ["a": "3"], "one removed")
            try expect(scene.snapshots.update(key, .labels(["c": "4"])).labels, is: ["c": "4"], "all updated")
            try expectError(
                "a label without a name",
                {
                    try scene.snapshots.update(key, .label("", "x"))
                }
            ) { $0 as? SnapshotError == .invalidLabel("") }
            let none = try scene.key("none")
            try expectError("a missing snapshot", { try scene.snapshots.update(none, .labels([:])) }) {
                $0 as? SnapshotError == .notFound(none)
            }
            let committed = try scene.snapshots.commit(key, as: scene.key("name"), labels: ["d": "5"])
            try expect(committed.labels, is: ["c": "4", "d": "5"], "labels after commit")
        },
        ConformanceCase("M10", "stat, prepare and remove inside of a walk") { scene in
            try scene.layer("base") { _ in }
            for name in ["a", "b", "c"] {
                try scene.snapshots.prepare(scene.key(name), parent: scene.key("base"))
            }
            var seen = 0
            try scene.snapshots.walk([.kind(.active)]) { snapshot in
                seen += 1
                _ = try scene.snapshots.stat(snapshot.key)
                try scene.snapshots.prepare(scene.key("new-\(snapshot.key)"), parent: snapshot.parent)
                try scene.snapshots.remove(snapshot.key)
            }
            try expect(seen, is: 3, "snapshots walked over")
            var left: Set<String> = []
            try scene.snapshots.walk { left.insert($0.key.description) }
            try expect(left, is: ["base", "new-a", "new-b", "new-c"], "snapshots left")
        },
        ConformanceCase("M11", "a walk's filters: key, parent, kind, label") { scene in
            try scene.layer("base") { _ in }
            try scene.layer("top", on: "base") { _ in }
            try scene.snapshots.prepare(scene.key("active"), parent: scene.key("top"), labels: ["x": "1"])
            try scene.snapshots.view(scene.key("view"), parent: scene.key("top"), labels: ["x": "2"])
            func found(_ filters: SnapshotFilter...) throws -> [String] {
                var keys: [String] = []
                try scene.snapshots.walk(filters) { keys.append($0.key.description) }
                return keys.sorted()
            }
            try expect(found(), is: ["active", "base", "top", "view"], "no filter")
            try expect(found(.key(scene.key("top"))), is: ["top"], "key")
            try expect(found(.parent(scene.key("top"))), is: ["active", "view"], "parent")
            try expect(found(.parent(nil)), is: ["base"], "no parent")
            try expect(found(.kind(.committed)), is: ["base", "top"], "kind")
            try expect(found(.label("x", nil)), is: ["active", "view"], "a label")
            try expect(found(.label("x", "2")), is: ["view"], "a label's value")
            try expect(found(.label("x", "1"), .kind(.view)), is: [], "two filters")
        },
        ConformanceCase("M12", "commit while mounted is refused: in use") { scene in
            let key = try scene.key("key")
            try scene.snapshots.prepare(key)
            try scene.mounted(key) { tree in
                try tree.write("file", "x")
                try expectError("commit", { try scene.snapshots.commit(key, as: scene.key("name")) }) {
                    $0 as? SnapshotError == .inUse(key)
                }
                try tree.append("file", "y")
            }
            try scene.snapshots.commit(key, as: scene.key("name"))
            try expect(scene.seen(on: "name").entries[Array("file".utf8)]?.size, is: 2, "the file")
        },
        ConformanceCase("M13", "a store that one user lets go of stays usable for the others") { scene in
            let key = try scene.key("key")
            do {
                let first = SnapshotStore(scene.snapshots.store, driver: scene.driver)
                let second = SnapshotStore(scene.snapshots.store, driver: scene.driver)
                try first.prepare(key)
                try expect(second.stat(key).kind, is: .active, "seen by another one")
            }
            try scene.snapshots.remove(key)
        },
    ]
}
