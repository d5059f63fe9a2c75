internal import CLinux
internal import Core
internal import SystemPackage

/// X1 to X3: stores that move, and what one driver has made in another's hands.
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
        },
        ConformanceCase("X2", "layers from this driver are the same trees in every other one") { scene in
            try scene.layer("base") { tree in
                try ContentCases.fill("dir")(tree)
                try ContentCases.fill("gone")(tree)
                try tree.write("file", "old")
                try tree.write("one", "linked")
                try tree.link("one", to: "two")
                try tree.changeMode("dir", 0o1770)
                try tree.changeOwner("file", 7, 8)
            }
            try scene.layer("top", on: "base") { tree in
                try tree.removeTree("gone")
                try ContentCases.remake("dir")(tree)
                try tree.append("file", ", and new")
                try tree.symlink("file", at: "link")
            }
            let archives = [try scene.diff("base", on: []), try scene.diff("top", on: ["base"])]
            for peer in scene.peers {
                let place = scene.place.appending(FilePath(peer.name).components)
                try Files.makeDirectory(place)
                let other = try ConformanceScene(peer, in: place)
                try other.apply(archives[0], as: "base", on: nil)
                try other.apply(archives[1], as: "top", on: "base")
                for layer in ["base", "top"] {
                    try other.seen(on: layer).expectSame(
                        as: scene.seen(on: layer), "\(layer) in \(peer.name)")
                }
            }
        },
        ConformanceCase("X3", "the same on other kernels") { _ in
            throw ConformanceSkip(reason: "this is one kernel; scripts/boot-kernel runs this on another")
        },
    ]
}
