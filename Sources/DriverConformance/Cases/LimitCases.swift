internal import CLinux
internal import Core
internal import Glibc
internal import SystemPackage

/// L1 to L4: how many layers, and where.
enum LimitCases {
    static let all: [ConformanceCase] = [
        ConformanceCase(declaring: "L1", "1, 2, 40, 128 and 500 layers show what a flat copy shows") {
            scene in
            let counts = [1, 2, 40, 128, 500]
            let limit = scene.capabilities.layerLimit ?? .max
            let keys = try Self.chain(of: counts, in: scene)
            var refused: Int?
            for count in counts where count <= limit {
                let view = try scene.key("view-\(count)")
                try scene.snapshots.view(view, parent: keys[count - 1])
                do {
                    // Modes, owners, times, attributes and links of the nearest file of each name.
                    let plain = scene.place.appending("plain")
                    try Self.flatten(keys[..<count], of: scene, into: plain)
                    defer { try? TreeRemoval.remove(plain) }
                    try scene.mounted(view) { tree in
                        try TreeRecord(of: tree.root).expectSame(
                            as: TreeRecord(of: plain), "\(count) layers")
                        try expect(Files.list(tree.root).count, is: count + 1, "files of \(count) layers")
                        try expect(tree.read("shared"), is: "\(count - 1)", "what all \(count) layers have")
                        for number in 0..<count {
                            try expect(tree.read("file\(number)"), is: "\(number)", "a file")
                        }
                    }
                } catch let error as MountError {
                    // A limit that is compiled into the kernel is found out by trying only.
                    guard case .tooManyLayers = error else { throw error }
                    try expect(count > 126, "\(count) layers are refused")
                    refused = count
                    break
                }
            }
            return refused.map {
                "\($0) layers are more than this kernel's file system was built for: exactly ENOSPC"
            }
        },
        ConformanceCase(
            declaring: "L2", "one layer more than the limit is refused before anything is mounted"
        ) { scene in
            guard let limit = scene.capabilities.layerLimit else { return "no limit" }
            let target = scene.place.appending("target")
            try Files.makeDirectory(target)
            let layer = SnapshotDirectory("/nowhere")
            try expectError(
                "\(limit + 1) layers",
                {
                    _ = try scene.snapshots.mounts(
                        of: SnapshotDirectory("/none"), on: Array(repeating: layer, count: limit + 1),
                        at: target,
                        access: .readWrite)
                }
            ) {
                $0 as? StorageError
                    == .tooManyLayers(driver: scene.driver.name, layers: limit + 1, limit: limit)
            }
            return nil
        },
        ConformanceCase("L3", "visible layers are the requested ones, whatever the length of their paths") {
            scene in
            // Lengths of all options together around 256 bytes (fsconfig(2)) and around a page (mount(2)).
            for (layers, lengths) in [(2, 190...260), (40, 3980...4110)] {
                try Self.sweep(layers: layers, lengths: lengths, in: scene)
            }
        },
        ConformanceCase("L4", "a store whose path holds : , \\ = space and newline") { scene in
            for name in ["a:b", "a,b", "a\\b", "a=b", "a b", "a\nb", "a\\:b,c=d e\nf", ":", "="] {
                let place = scene.place.appending(FilePath(name).components)
                try Files.makeDirectory(place)
                let odd = try ConformanceScene(scene.driver, in: place)
                try odd.layer("base") { try $0.write("low", "low") }
                try odd.layer("middle", on: "base") { try $0.write("mid", "mid") }
                try odd.layer("top", on: "middle") { try $0.remove("low") }
                let seen = try odd.seen(on: "top").entries.keys
                try expect(
                    seen.count == 2 && seen.contains(Array("mid".utf8)), "\(name.debugDescription): \(seen)")
            }
        },
    ]

    /// Makes a plain directory of layers, the lowest first, by cp(1)'s rules and nothing of the driver's.
    private static func flatten(
        _ keys: ArraySlice<SnapshotKey>, of scene: ConformanceScene, into plain: FilePath
    ) throws {
        try Files.makeDirectory(plain)
        for key in scene.driver.layers.isUnion ? keys : keys.suffix(1) {
            let snapshot = scene.snapshots.directory(of: key)
            try scene.snapshots.reading([snapshot]) {
                let layer = Tree(snapshot.layer)
                for name in try Files.list(layer.root) {
                    let status = try layer.status(name)
                    let copy = Tree(plain)
                    try copy.write(name, layer.read(name), mode: status.st_mode & 0o7777)
                    try copy.changeMode(name, status.st_mode & 0o7777)
                    try copy.changeOwner(name, status.st_uid, status.st_gid)
                    try copy.setTime(name, status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
                }
            }
        }
        let root = try Tree(scene.snapshots.directory(of: keys[keys.endIndex - 1]).layer).status("")
        try Tree(plain).setTime("", root.st_mtim.tv_sec, root.st_mtim.tv_nsec)
    }

    /// Publishes a chain of layers, each with a file of its own and one that all have.
    private static func chain(of counts: [Int], in scene: ConformanceScene) throws -> [SnapshotKey] {
        let model = scene.driver.layers
        var chain: [(path: FilePath, name: SnapshotKey)] = []
        for number in 0..<(counts.last ?? 0) {
            let made = SnapshotDirectory(scene.place.appending("layer\(number)"))
            let below = model.hasLayers ? chain.reversed().map { SnapshotDirectory($0.path) } : []
            try scene.snapshots.create(made, on: model.isUnion ? [] : below, for: .unpacking)
            // If only the whole image is a tree, it is one up to here; what nobody looks at can stay empty.
            for file in (model.hasLayers ? number...number : 0...(counts.contains(number + 1) ? number : 0)) {
                try Files.create(made.layer.appending("file\(file)"), "\(file)")
            }
            try? Files.remove(made.layer.appending("shared"))
            try Files.create(made.layer.appending("shared"), "\(number)")
            let tree = Tree(made.layer)
            try tree.changeMode("shared", UInt32(0o600 | number & 0o77))
            try tree.changeOwner("shared", UInt32(number), UInt32(number + 1))
            try tree.setTime("shared", 1_000_000_000 + number, 0)
            try scene.snapshots.finish(made, on: below)
            chain.append((made.path, try scene.key("layer\(number)")))
        }
        try scene.snapshots.publish(chain: chain, on: nil)
        return chain.map(\.name)
    }

    /// Mounts layers whose paths have these lengths together, and looks whether all are there.
    private static func sweep(layers: Int, lengths: ClosedRange<Int>, in scene: ConformanceScene) throws {
        let place = scene.place.appending("sweep\(layers)")
        let snapshot = SnapshotDirectory(scene.place.appending("s\(layers)"))
        let target = scene.place.appending("t\(layers)")
        try Files.makeDirectory(target)
        // Each layer's path is the place, a slash and a name; the names share what is left of the length.
        let fixed = place.string.utf8.count + 1
        let isUnion = scene.driver.layers.isUnion
        var tried = 0
        try scene.snapshots.create(snapshot, on: [], for: .mounting(.readOnly, at: target))
        for length in lengths {
            let total = length - (layers - 1) - layers * fixed
            guard total >= layers * 3 else { continue }
            var paths: [FilePath] = []
            for number in 0..<layers {
                var name = String(number) + "-"
                let share = total / layers + (number == 0 ? total % layers : 0)
                guard share <= 255 else { break }
                name += String(repeating: "n", count: max(0, share - name.utf8.count))
                paths.append(place.appending(FilePath(name).components))
            }
            guard paths.count == layers else { continue }
            try Files.makeDirectory(place)
            for (number, path) in paths.enumerated() {
                try Files.makeDirectory(path)
                for file in (isUnion || number > 0 ? number...number : 0...(layers - 1)) {
                    try Files.create(path.appending("\(file)"))
                }
            }
            tried += 1
            let plan = try scene.snapshots.mounts(
                of: snapshot, on: paths.map { SnapshotDirectory(plain: $0) }, at: target, access: .readOnly)
            try plan.execute()
            let seen = try Files.list(target).count
            unmountAll(at: target)
            try expect(seen, is: layers, "layers visible with options of \(length) bytes")
            try TreeRemoval.remove(place)
        }
        guard tried > 0 else {
            throw ConformanceSkip(
                reason: "the path of this place is too long for \(layers) layers in \(lengths)")
        }
        try expect(tried, is: lengths.count, "lengths tried of \(lengths)")
    }
}
