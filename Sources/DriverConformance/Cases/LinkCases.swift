internal import CLinux
internal import Core
internal import Glibc
internal import SystemPackage

/// C12, C13, C24, C25: hard links, open files and inode numbers.
enum LinkCases {
    static let all: [ConformanceCase] = [
        ConformanceCase("C12", "hard links inside of a layer") { scene in
            try scene.comparesToPlain([
                { tree in
                    try tree.makeDirectory("dir")
                    try tree.write("a", "linked")
                    try tree.link("a", to: "b")
                    try tree.link("a", to: "dir/c")
                }, { try $0.write("other", "x") },
            ])
        },
        ConformanceCase(declaring: "C13", "a lower file with two names, one of them edited") { scene in
            try scene.layer("base") { tree in
                for (name, other) in [("a", "b"), ("x", "y")] {
                    try tree.write(name, "old")
                    try tree.link(name, to: other)
                }
            }
            let links = scene.differences.linkedCopyUp
            let (old, new) = ("old", "old and new")
            let during = links == .breaksLinks ? old : new
            try scene.layer("top", on: "base") { tree in
                try tree.append("a", " and new")
                try expect(tree.read("b"), is: during, "the other name while mounted")
                try tree.append("x", " and new")
                try tree.link("y", to: "z")
            }
            let view = try scene.key("view")
            try scene.snapshots.view(view, parent: scene.key("top"))
            try scene.mounted(view) { tree in
                try expect(tree.read("a"), is: new, "the edited name")
                try expect(tree.read("b"), is: during, "the other name, which was read before")
                try expect(tree.read("y"), is: links == .keepsLinks ? new : old, "the other name")
                try expect(tree.read("z"), is: during, "a name that was added")
            }
            return switch links {
            case .keepsLinks: nil
            case .keepsLinksWhileMounted:
                "the other name shows the change as long as it is mounted, and then only if it was opened"
            case .breaksLinks: "the edited name becomes a file of its own, the other keeps the old content"
            }
        },
        ConformanceCase(declaring: "C24", "a descriptor and a mapping from before the first change") {
            scene in
            let size = 4096
            try scene.layer("base") { try $0.write("file", String(repeating: "o", count: size)) }
            let work = try scene.key("work")
            try scene.snapshots.prepare(work, parent: scene.key("base"))
            try scene.mounted(work) { tree in
                let file = try Descriptor(tree.path("file"), O_RDONLY)
                guard let map = mmap(nil, size, PROT_READ, MAP_SHARED, file.rawValue, 0), map != MAP_FAILED
                else {
                    throw SystemCallError("mmap", tree.path("file"))
                }
                defer { munmap(map, size) }
                _ = map.load(as: UInt8.self)
                try tree.write("file", String(repeating: "n", count: size))
                var byte: UInt8 = 0
                guard pread(file.rawValue, &byte, 1, 0) == 1 else { throw SystemCallError("pread", "file") }
                func letter(_ behaviour: DriverDifferences.OpenFile) -> UInt8 {
                    UInt8(ascii: behaviour == .followsCopyUp ? "n" : "o")
                }
                try expect(byte, is: letter(scene.differences.openFile), "read from the old descriptor")
                try expect(
                    map.load(as: UInt8.self), is: letter(scene.differences.mapping), "seen in the mapping")
                try expect(tree.read("file").first, is: "n", "read by name")
            }
            let plain = DriverDifferences()
            if scene.differences.openFile == plain.openFile, scene.differences.mapping == plain.mapping {
                return nil
            }
            return "descriptor: \(scene.differences.openFile.rawValue), mapping: "
                + scene.differences.mapping.rawValue
        },
        ConformanceCase("C25", "inode numbers and the current directory stay across the first change") {
            scene in
            try scene.layer("base", ContentCases.fill("dir"))
            let work = try scene.key("work")
            try scene.snapshots.prepare(work, parent: scene.key("base"))
            try scene.mounted(work) { tree in
                let file = try tree.status("dir/one").st_ino
                let directory = try tree.status("dir").st_ino
                let sub = tree.path("dir/sub")
                // This thread's directory is its own (CLONE_FS is unshared with the mount namespace).
                guard sub.withPlatformString({ chdir($0) }) == 0 else { throw SystemCallError("chdir", sub) }
                defer { chdir("/") }
                try tree.append("dir/one", "more")
                try tree.changeMode("dir", 0o700)
                try tree.changeMode("dir/sub", 0o700)
                try expect(tree.status("dir/one").st_ino, is: file, "the file's inode number")
                try expect(tree.status("dir").st_ino, is: directory, "the directory's inode number")
                var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
                let room = buffer.count
                try expect(getcwd(&buffer, room) != nil, "getcwd fails")
                let text = String(
                    decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
                try expect(text, is: sub.string, "getcwd")
            }
        },
    ]
}
