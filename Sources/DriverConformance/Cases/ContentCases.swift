internal import CLinux
internal import Core
internal import Glibc
internal import SystemPackage

/// C1 to C10: files and directories that are changed, deleted, made again and renamed, in one layer and over several.
enum ContentCases {
    static let all: [ConformanceCase] = [
        ConformanceCase("C1", "overwriting with the same size in the same second is seen") { scene in
            try scene.comparesToPlain([
                { tree in
                    try tree.write("file", "old")
                    try tree.setTime("file", 1_000_000_000, 0)
                },
                { tree in
                    try tree.write("file", "new")
                    try tree.setTime("file", 1_000_000_000, 0)
                },
            ])
        },
        ConformanceCase("C2", "deleting a lower file") { scene in
            try scene.comparesToPlain([
                { for name in ["a", "b"] { try $0.write(name, name) } }, { try $0.remove("a") },
            ])
        },
        ConformanceCase("C3", "deleting a lower directory") { scene in
            try scene.comparesToPlain([Self.fill("dir"), { try $0.removeTree("dir") }])
        },
        ConformanceCase("C4", "deleting and making a directory again in one layer: nothing of the old one") {
            scene in
            try scene.comparesToPlain([Self.fill("dir"), Self.remake("dir")])
        },
        ConformanceCase("C5", "the same, split over three layers") { scene in
            try scene.comparesToPlain([
                Self.fill("dir"), { try $0.removeTree("dir") }, { try $0.makeDirectory("dir") },
                { try $0.write("dir/new", "new") },
                // Twice, so that an opaque directory lies above an opaque directory.
                Self.remake("dir", with: "newer"), Self.remake("dir", with: "newest"),
            ])
        },
        ConformanceCase("C6", "removing directories inside of one that was made again") { scene in
            try scene.comparesToPlain([
                { tree in
                    try tree.makeDirectory("a")
                    try Self.fill("a/b")(tree)
                },
                { tree in
                    try tree.removeTree("a")
                    try tree.makeDirectory("a")
                    try Self.fill("a/b")(tree)
                },
                Self.remake("a/b"), { try $0.removeTree("a/b") },
            ])
        },
        ConformanceCase("C7", "deleting and making again at depths 1 to 10") { scene in
            let paths = (1...10).map { depth in (1...depth).map { "d\($0)" }.joined(separator: "/") }
            try scene.comparesToPlain(
                [{ tree in for path in paths { try Self.fill(path)(tree) } }]
                    + paths.reversed().map { path in Self.remake(path) })
        },
        ConformanceCase("C8", "file to directory, directory to link, link to file") { scene in
            try scene.comparesToPlain([
                { tree in
                    try tree.write("file", "x")
                    try Self.fill("dir")(tree)
                    try tree.symlink("dir", at: "link")
                },
                { tree in
                    try tree.remove("file")
                    try Self.fill("file")(tree)
                    try tree.removeTree("dir")
                    try tree.symlink("file", at: "dir")
                    try tree.remove("link")
                    try tree.write("link", "now a file")
                },
            ])
        },
        ConformanceCase("C9", "renaming a lower file, also over another one") { scene in
            try scene.comparesToPlain([
                { for name in ["a", "b", "c"] { try $0.write(name, "content of \(name)") } },
                { tree in
                    try tree.rename("a", to: "new")
                    try tree.rename("b", to: "c")
                },
            ])
        },
        ConformanceCase(
            declaring: "C10", "renaming a lower directory: whole, or EXDEV and nothing has changed"
        ) { scene in
            try scene.layer("base") { tree in
                try Self.fill("dir")(tree)
                try tree.makeDirectory("other")
            }
            let before = try scene.seen(on: "base")
            let work = try scene.key("work")
            try scene.snapshots.prepare(work, parent: scene.key("base"))
            let works = scene.differences.directoryRename == .works
            try scene.mounted(work) { tree in
                if works { return try tree.rename("dir", to: "other/moved") }
                try expectError("rename", { try tree.rename("dir", to: "other/moved") }) {
                    errno(of: $0) == .improperLink
                }
                // What this layer made itself is moved as anywhere else.
                try Self.fill("mine")(tree)
                try tree.rename("mine", to: "mine2")
                try tree.removeTree("mine2")
            }
            try scene.snapshots.commit(work, as: scene.key("top"))
            let after = try scene.seen(on: "top")
            if works {
                let moved = before.entries.keys.filter { $0.starts(with: "dir/".utf8) }
                for name in moved {
                    let new = Array("other/moved/".utf8) + name.dropFirst(4)
                    try expect(
                        after.entries[new], is: before.entries[name], String(decoding: new, as: UTF8.self))
                }
                try expect(after.entries[Array("dir".utf8)] == nil, "the old name is still there")
                return nil
            }
            try after.expectSame(as: before, times: false, "after the refused rename")
            return "rename of a lower directory: exactly EXDEV, nothing changed"
        },
    ]

    /// A script that makes a directory with something of each kind in it.
    static func fill(_ name: String) -> @Sendable (Tree) throws -> Void {
        { tree in
            if !tree.exists(name) { try tree.makeDirectory(name) }
            for file in ["one", "two"] { try tree.write("\(name)/\(file)", "\(name) \(file)") }
            try tree.makeDirectory("\(name)/sub", mode: 0o750)
            try tree.write("\(name)/sub/deep", "deep")
            try tree.symlink("../target", at: "\(name)/link")
        }
    }

    /// A script that removes a directory and makes it again with less in it.
    static func remake(
        _ name: String, with file: String = "new"
    ) -> @Sendable (Tree) throws -> Void {
        { tree in
            try tree.removeTree(name)
            try tree.makeDirectory(name)
            try tree.write("\(name)/\(file)", "new")
            try tree.makeDirectory("\(name)/sub")
        }
    }
}
