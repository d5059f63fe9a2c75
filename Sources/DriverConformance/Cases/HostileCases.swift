internal import CLinux
internal import Core
internal import Glibc
internal import SystemPackage

/// S1 to S10: layers that somebody has made to do harm, unpacked in the form that the driver asks for.
enum HostileCases {
    static let all: [ConformanceCase] = [
        refused(
            "S1", "names with .. and from the root never leave the layer",
            [
                [.file("../escaped", "x")], [.file("a/../../escaped", "x")], [.file("/../escaped", "x")],
                [.directory(".."), .file("../escaped", "x")],
            ]),
        ConformanceCase("S2", "nothing is written through a link") { scene in
            for target in [scene.place.string, "../../../place", "/"] {
                let layer = [HostileEntry.link("door", to: target), .file("door/escaped", "x")]
                // Refused, or the link is replaced by a directory: never followed.
                try Self.unpack(layer, in: scene)
            }
        },
        refused(
            "S3", "a hard link leads to no file outside of the layer",
            [
                [.hardLink("stolen", to: "../place/victim")], [.hardLink("stolen", to: "/etc/passwd")],
                [.link("door", to: "../.."), .hardLink("stolen", to: "door/place/victim")],
            ]),
        ConformanceCase("S4", "a deletion through a link deletes nothing outside") { scene in
            for mark in [".wh.victim", ".wh..wh..opq"] {
                let layer = [HostileEntry.link("door", to: scene.place.string), .file("door/\(mark)", "")]
                try Self.unpack(layer, in: scene)
            }
        },
        elsewhere(
            "S5", "users are looked up in no file outside of the image", "ImageConfigTests: hostileUsers"),
        elsewhere(
            "S6", "links that are swapped during a walk are not followed",
            "TreeRaceTests, HostileContentTests: race"),
        elsewhere("S7", "archives that grow fill no memory and are gone again", "HostileContentTests"),
        ConformanceCase("S8", "no other user reaches a setuid file in a layer") { scene in
            try scene.layer("base") { tree in
                try tree.write("setuid", "x")
                try tree.changeMode("setuid", 0o4755)
            }
            let root = scene.snapshots.store.root
            let status = try Tree(root).status("")
            try expect(status.st_mode & 0o077, is: 0, "the store's mode for others")
            try expect(status.st_uid, is: 0, "the store's owner")
        },
        ConformanceCase("S9", "marks of file systems in an archive are refused or left out") { scene in
            for name in [".wh..wh.aufs", ".wh..wh.orph", ".wh..wh.plnk"] {
                try Self.unpack([.directory(name), .file("\(name)/x", "x")], in: scene) { tree in
                    try expect(!tree.exists(name), "\(name) was forged")
                }
            }
            let forged = HostileEntry.file(
                "file", "x", attributes: ["trusted.overlay.metacopy": "", "trusted.overlay.redirect": "/etc"])
            try Self.unpack([forged], in: scene) { tree in
                // Nobody else believes it.
                let isBelieved = if case .device = scene.driver.layers.deletions { true } else { false }
                for name in ["trusted.overlay.metacopy", "trusted.overlay.redirect"] where isBelieved {
                    try expect(tree.attribute("file", name) == nil, "\(name) was forged")
                }
            }
            try Self.unpack([.device("null", 0, 0)], in: scene) { tree in
                try expect(!tree.exists("null"), "a device 0:0 became a deletion, or a device")
            }
        },
        ConformanceCase("S10", "a wrong digest, a cut, garbage: an error, and no layer") { scene in
            let whole = HostileEntry.archive([.file("file", String(repeating: "x", count: 5000))])
            for (what, bytes) in [
                ("cut in a header", Array(whole.prefix(300))), ("cut in content", Array(whole.prefix(3000))),
                ("garbage", [UInt8](repeating: 0x5a, count: 4096)),
            ] {
                try expectError(what, { try Self.apply(bytes, in: scene, "bad") }) { $0 is ImageError }
            }
            try Self.apply(whole, in: scene, "good")
        },
    ]

    private static func refused(_ id: String, _ title: String, _ layers: [[HostileEntry]]) -> ConformanceCase
    {
        ConformanceCase(id, title) { scene in for layer in layers { try unpack(layer, in: scene) } }
    }

    private static func elsewhere(_ id: String, _ title: String, _ tests: String) -> ConformanceCase {
        ConformanceCase(id, title) { _ in
            throw ConformanceSkip(reason: "tried with whole programs by make test: \(tests)")
        }
    }

    /// Unpacks a hostile layer, which may be refused: what is outside has to stay as it is, and what was unpacked
    /// has to pass `look`.
    private static func unpack(
        _ entries: [HostileEntry], in scene: ConformanceScene, look: (Tree) throws -> Void = { _ in }
    ) throws {
        let outside = Tree(scene.place)
        if !outside.exists("victim") { try outside.write("victim", "safe") }
        let before = try Files.list(scene.place).sorted()
        do {
            try apply(HostileEntry.archive(entries), in: scene, "hostile")
            try scene.view("hostile", look)
            try scene.snapshots.remove(scene.key("hostile"))
        } catch let error as ImageError {
            _ = error
        }
        try expect(
            Files.list(scene.place).filter { $0 != "layer.tar" }.sorted(),
            is: before.filter { $0 != "layer.tar" }, "files outside")
        try expect(outside.read("victim"), is: "safe", "a file outside")
        try expect(outside.status("victim").st_nlink, is: 1, "links to a file outside")
    }

    private static func apply(_ bytes: [UInt8], in scene: ConformanceScene, _ name: String) throws {
        let archive = scene.place.appending("layer.tar")
        if Files.exists(archive) { try Files.remove(archive) }
        let file = try Descriptor(archive, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
        try file.write(bytes, subject: archive.string)
        do { try scene.apply(archive, as: name, on: nil) } catch {
            try scene.snapshots.remove(scene.key("work-\(name)"))
            throw error
        }
    }
}
