internal import CLinux
internal import Core
internal import Glibc
internal import SystemPackage

/// D1 to D6 and C14: changes read out of a layer, written as an archive, and applied again.
enum DiffCases {
    static let all: [ConformanceCase] = [
        ConformanceCase("C14", "hard links survive export and import") { scene in
            try scene.layer("base") { tree in
                try tree.makeDirectory("dir")
                try tree.write("one", "linked")
                try tree.link("one", to: "dir/two")
                try tree.write("alone", "not linked")
                try tree.symlink("one", at: "link")
                try tree.link("link", to: "dir/link")
            }
            let archive = scene.place.appending("tree.tar")
            try scene.view("base") { try LayerDiff.writeTree($0.root, to: archive) }
            try scene.apply(archive, as: "copy", on: nil)
            try scene.seen(on: "copy").expectSame(as: scene.seen(on: "base"), "after export and import")
        },
        ConformanceCase("D1", "a diff that is applied to the parent gives the same tree") { scene in
            try Self.layers(scene)
            let archive = try scene.diff("top", on: ["base"])
            try scene.apply(archive, as: "again", on: "base")
            try scene.seen(on: "again").expectSame(as: scene.seen(on: "top"), "applied")
        },
        ConformanceCase(
            declaring: "D2", "what a layer says that it changes is what a comparison of the trees says"
        ) { scene in
            try Self.layers(scene)
            let native = try scene.changes("top", on: ["base"])
            let compared = try scene.view("base") { old in
                try scene.view("top") { new in try Changes.between(old.root, and: new.root) }
            }
            let differences = Set(native).symmetricDifference(compared).sorted()
            try expect(
                differences.isEmpty,
                "only one of the two has: \(differences.prefix(5).map(\.description).joined(separator: ", "))"
            )
            try expect(native.count > 10, "only \(native.count) changes")
            return scene.driver.layers.isUnion
                ? nil : "a layer is the whole tree, and is compared with its parent"
        },
        ConformanceCase("D3", "the same changes give the same archive, byte for byte") { scene in
            try scene.layer("base", Self.base)
            var archives: [String] = []
            for name in ["one", "two"] {
                try scene.layer(name, on: "base") { tree in
                    try Self.change(tree)
                    try Self.setTimes(tree)
                }
                let bytes = try Files.read(scene.diff(name, on: ["base"]))
                archives.append(bytes)
            }
            try expect(archives[0] == archives[1], "the archives differ")
            try expect(archives[0].utf8.count > 5000, "the archive is empty")
        },
        ConformanceCase("D4", "a diff that is applied takes as much as the layer that it is from") { scene in
            try scene.layer("base", Self.base)
            try scene.layer("top", on: "base") { tree in
                try tree.write("large", String(repeating: "x", count: 300_000))
                try tree.link("large", to: "larger")
                try tree.makeDirectory("more")
                try tree.write("more/file", "x")
            }
            try scene.apply(scene.diff("top", on: ["base"]), as: "again", on: "base")
            let (made, applied) = (try scene.usage("top"), try scene.usage("again"))
            try expect(applied.inodes, is: made.inodes, "inodes")
            // What is allocated ahead, or not yet, is the file system's business: a few blocks for each file.
            let difference = abs(applied.bytes - made.bytes)
            try expect(difference <= made.inodes * 8192, "\(applied.bytes) bytes, and \(made.bytes) before")
        },
        ConformanceCase(
            declaring: "D5", "usage: without parents, every inode once, never negative, as du counts it"
        ) { scene in
            try scene.layer("base") { tree in
                try tree.write("large", String(repeating: "x", count: 2 << 20))
                for number in 0..<50 { try tree.write("file\(number)", "x") }
            }
            try scene.layer("top", on: "base") { tree in
                try tree.write("own", String(repeating: "y", count: 200_000))
                for number in 0..<20 { try tree.link("own", to: "link\(number)") }
                for number in 0..<50 { try tree.remove("file\(number)") }
            }
            let shares = scene.driver.layers == .wholeTree(sharing: true)
            let form = scene.capabilities.finishedName
            let isSealed = form != DriverCapabilities().finishedName
            for name in shares ? [] : ["base", "top"] {
                let usage = try scene.usage(name)
                let directory = try scene.snapshot(name)
                // What a layer is packed into is what it takes.
                let counted =
                    isSealed
                    ? try Self.count(directory.path.appending(FilePath(form).components))
                    : try scene.snapshots.reading([directory]) { try Self.count(directory.layer) }
                try expect(usage.bytes, is: counted.bytes, "bytes of \(name)")
                try expect(usage.inodes, is: counted.inodes, "inodes of \(name)")
            }
            let top = try scene.usage("top")
            if scene.driver.layers == .wholeTree(sharing: false) {
                try expect(top.bytes > 2 << 20, "a whole tree of \(top.bytes) bytes")
                return "a layer is the whole tree, its parents' files are its own"
            }
            try expect((200_000..<2 << 20).contains(top.bytes), "\(top.bytes) bytes")
            guard isSealed else { return nil }
            try expect(top.inodes, is: 1, "inodes of what the layer is packed into")
            return "a layer is packed into \(form), which is one file: that is what it takes"
        },
        ConformanceCase(
            declaring: "D6", "reading a layer's changes opens no lower directory but those of the changes"
        ) { scene in
            try scene.layer("base") { tree in
                for name in ["touched", "other", "another"] { try ContentCases.fill(name)(tree) }
            }
            try scene.layer("top", on: "base") { try $0.write("touched/one", "changed") }
            let (base, top) = (try scene.snapshot("base"), try scene.snapshot("top"))
            let opened = try scene.snapshots.reading([base, top]) {
                let watch = try DirectoryWatch(["other", "another"].map { base.layer.appending($0) })
                // They are ready to be read already.
                let changes = try scene.snapshots.changes(of: top, on: [base])
                try expect(changes.map(\.description).contains("C /touched/one"), "the change was not found")
                return try watch.hasSeenOpen()
            }
            if scene.differences.nativeDiff {
                try expect(!opened, "directories were opened in which nothing has changed")
                return nil
            }
            try expect(opened, "the trees were not compared")
            return "the trees are compared, whole"
        },
    ]

    private static func layers(_ scene: ConformanceScene) throws {
        try scene.layer("base", base)
        try scene.layer("top", on: "base", change)
    }

    private static let base: @Sendable (Tree) throws -> Void = { tree in
        for name in ["kept", "gone", "remade", "deep"] { try ContentCases.fill(name)(tree) }
        for name in ["file", "deleted", "moved", "mode"] { try tree.write(name, "old \(name)") }
        try tree.symlink("file", at: "link")
        try tree.write("linked", "several names")
        try tree.link("linked", to: "kept/linked")
        try setTimes(tree)
    }

    private static let change: @Sendable (Tree) throws -> Void = { tree in
        try tree.append("file", ", and new")
        try tree.remove("deleted")
        try tree.removeTree("gone")
        try tree.removeTree("remade")
        try tree.makeDirectory("remade", mode: 0o700)
        try tree.write("remade/new", "new")
        try tree.rename("moved", to: "deep/moved")
        try tree.changeMode("mode", 0o4711)
        try tree.changeOwner("mode", 5, 6)
        try tree.remove("link")
        try tree.symlink("elsewhere", at: "link")
        try tree.write("pair", "new, twice")
        try tree.link("pair", to: "deep/pair")
        try tree.makeNode("fifo", S_IFIFO | 0o600)
    }

    /// Whole seconds, which every file system keeps; directories last, because what is in them changes theirs.
    private static func setTimes(_ tree: Tree) throws {
        func set(_ name: String) throws {
            let status = try tree.status(name)
            if status.st_mode & S_IFMT == S_IFDIR {
                for child in try Files.list(tree.path(name)) {
                    try set(name.isEmpty ? child : "\(name)/\(child)")
                }
            }
            try tree.setTime(name, 1_000_000_000, 0)
        }
        try set("")
    }

    /// Adds up a directory as du(1) does, with a set of inodes and nothing of the code that is tried.
    private static func count(_ directory: FilePath) throws -> SnapshotUsage {
        var (usage, seen) = (SnapshotUsage(), Set<UInt64>())
        func add(_ path: FilePath) throws {
            let status = try Tree(path).status("")
            guard seen.insert(UInt64(status.st_ino)).inserted else { return }
            usage.bytes += Int64(status.st_blocks) * 512
            usage.inodes += 1
            guard status.st_mode & S_IFMT == S_IFDIR else { return }
            for name in try Files.list(path) { try add(path.appending(FilePath(name).components)) }
        }
        try add(directory)
        return usage
    }
}
