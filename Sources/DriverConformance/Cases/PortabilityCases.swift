internal import CLinux
internal import Core
internal import SystemPackage

/// X1: stores that move.
enum PortabilityCases {
    static let all: [ConformanceCase] = [
        ConformanceCase("X1", "a store that is moved to another path still works") { scene in
            try scene.layer("base", ContentCases.fill("dir"))
            try scene.layer("top", on: "base") { try $0.remove("dir/one") }
            let before = try scene.seen(on: "top")
            try scene.snapshots.prepare(scene.key("work"), parent: scene.key("top"))
            try scene.mounted(scene.key("work")) { try $0.write("new", "x") }
            let new = scene.place.appending("moved")
            try Files.rename(scene.snapshots.store.root, to: new)
            let moved = try scene.again(at: new)
            try moved.seen(on: "top").expectSame(as: before, "after the move")
            try moved.mounted(moved.key("work")) { try expect($0.read("new"), is: "x", "the write layer") }
            try moved.snapshots.commit(moved.key("work"), as: moved.key("done"))
        }
    ]
}
