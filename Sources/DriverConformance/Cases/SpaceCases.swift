internal import CLinux
internal import Core
internal import Glibc
internal import SystemPackage

/// R1 to R3, Q1 and Q2: what snapshots take of the disk, what is left of them, and limits of that.
enum SpaceCases {
    private static let large = 48 << 20

    static let all: [ConformanceCase] = [
        ConformanceCase(declaring: "R1", "what lies on a large layer takes no space for it") { scene in
            let isCopied = scene.driver.layers == .wholeTree(sharing: false)
            try scene.onDiskOfItsOwn(size: 5 * large) { disk in
                try disk.layer("base") { try Self.fill($0, "large", large) }
                try disk.layer("top", on: "base") { try $0.write("small", "small") }
                let archive = try disk.diff("top", on: ["base"])
                let before = try disk.free()
                for number in 0..<(isCopied ? 1 : 3) {
                    try disk.snapshots.prepare(disk.key("box\(number)"), parent: disk.key("base"))
                }
                let taken = before - (try disk.free())
                if isCopied { return try expect(taken >= large, "only \(taken) bytes for a copy") }
                // Each is a few blocks of the file system's own.
                try expect(taken < large / 8, "\(taken) bytes for three snapshots of \(large)")
                for number in 1...3 {
                    try disk.apply(
                        archive, as: "layer\(number)", on: number == 1 ? "base" : "layer\(number - 1)")
                }
                let layers = before - (try disk.free()) - taken
                try expect(layers < large / 8, "\(layers) bytes for three layers as they arrive")
            }
            return isCopied ? "a snapshot is a copy" : nil
        },
        ConformanceCase("R2", "a removal leaves nothing: all of the space comes back") { scene in
            try scene.onDiskOfItsOwn(size: 5 * large) { disk in
                // What a store takes of the disk when it is used for the first time stays.
                try disk.layer("first") { try $0.write("file", "x") }
                try disk.snapshots.remove(disk.key("first"))
                let before = try disk.free()
                try disk.layer("base") { try Self.fill($0, "large", large) }
                let work = try disk.key("work")
                try disk.snapshots.prepare(work, parent: disk.key("base"))
                try disk.mounted(work) { try Self.fill($0, "own", large) }
                try expect(before - disk.free() >= 2 * large, "the files take no space")
                try disk.snapshots.remove(work)
                try disk.snapshots.remove(disk.key("base"))
                try disk.expectFree(before - large / 8, "after the removal")
            }
        },
        ConformanceCase("R3", "a snapshot can be discarded in any state, and again") { scene in
            func discard(_ name: String, _ make: (SnapshotDirectory) throws -> Void) throws {
                let snapshot = SnapshotDirectory(scene.place.appending(FilePath(name).components))
                try make(snapshot)
                for _ in 0..<2 where scene.capabilities.discards { try scene.driver.discard(snapshot) }
                try TreeRemoval.remove(snapshot.path)
            }
            try discard("empty") { try Files.makeDirectory($0.path) }
            try discard("half") { snapshot in
                try Files.makeDirectory(snapshot.path)
                try snapshot.makeLayer(on: nil)
            }
            try discard("made") { snapshot in
                try scene.snapshots.create(snapshot, on: [], for: .unpacking)
                try Files.create(snapshot.layer.appending("file"), "x")
            }
            try discard("finished") { snapshot in
                try scene.snapshots.create(snapshot, on: [], for: .unpacking)
                try Files.create(snapshot.layer.appending("file"), "x")
                try scene.snapshots.finish(snapshot, on: [])
            }
            try scene.layer("base") { try $0.write("file", "x") }
            let base = try scene.snapshot("base")
            for access in [RootAccess.readWrite, .readOnly] {
                try discard("on-\(access)") {
                    try scene.snapshots.create($0, on: [base], for: .mounting(access))
                }
            }
            // Nobody else's has gone with them.
            try scene.view("base") { try expect($0.read("file"), is: "x", "the parent's file") }
        },
        ConformanceCase(declaring: "Q1", "a container writes as much as its size says, and no more") {
            scene in
            let size = 24 << 20
            guard try Self.takesSize(scene) else { return "takes no size" }
            try scene.onDiskOfItsOwn(size: 5 * large) { disk in
                try disk.layer("base") { try Self.fill($0, "large", large) }
                let (limited, free) = (try disk.key("limited"), try disk.key("free"))
                try disk.snapshots.prepare(
                    limited, parent: disk.key("base"), options: ["size": "\(size >> 20)m"])
                try disk.snapshots.prepare(free, parent: disk.key("base"))
                try disk.mounted(limited) { tree in
                    let (written, failure) = try tree.overwrite("own", bytes: 2 * size)
                    try expect(
                        failure == .noSpace || failure == .diskQuotaExceeded,
                        "\(written) bytes could be written, then: \(failure.map { "\($0)" } ?? "nothing")")
                    try expect(written <= size, "\(written) bytes could be written")
                    try expect(written >= size - size / 16, "only \(written) bytes could be written")
                    try expect(tree.status("large").st_size, is: off_t(large), "the parent's file")
                }
                // The others are not limited, and have room.
                try disk.mounted(free) { try Self.fill($0, "own", 2 * size) }
                for key in [limited, free] { try disk.snapshots.remove(key) }
                try disk.view("base") {
                    try expect($0.status("large").st_size, is: off_t(large), "the parent's file afterwards")
                }
            }
            return nil
        },
        ConformanceCase(declaring: "Q2", "a size that is none is refused, and nothing is made") { scene in
            guard try Self.takesSize(scene) else { return "takes no size" }
            let key = try scene.key("key")
            for text in [
                "", "0", "-1", "1x", "m", "1e9", "1..5g", "99999999999999999999t", "nan", "inf", "0x10m",
            ] {
                try expectError(
                    "size=\(text)", { try scene.snapshots.prepare(key, options: ["size": text]) }
                ) {
                    if case StorageError.invalidOption(name: "size", value: text, _, _) = $0 {
                        true
                    } else {
                        false
                    }
                }
            }
            return nil
        },
    ]

    /// - Throws: ``ConformanceFailure`` if a driver does not, and does not say so either.
    private static func takesSize(_ scene: ConformanceScene) throws -> Bool {
        if scene.capabilities.options["size"] != nil { return true }
        let key = try scene.key("key")
        try expectError(
            "an option that there is not", { try scene.snapshots.prepare(key, options: ["size": "1g"]) }
        ) { if case StorageError.unknownOption = $0 { true } else { false } }
        return false
    }

    private static func fill(_ tree: Tree, _ name: String, _ bytes: Int) throws {
        if let failure = try tree.overwrite(name, bytes: bytes).failure {
            throw SystemCallError("write", name, errno: failure)
        }
    }
}
