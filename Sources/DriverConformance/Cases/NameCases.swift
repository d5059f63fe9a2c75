internal import CLinux
internal import Core
internal import Glibc
internal import SystemPackage

/// C22, C23: odd names and long paths.
enum NameCases {
    static let all: [ConformanceCase] = [
        ConformanceCase(declaring: "C22", "names: any bytes, 255 of them, and those that look like marks") {
            scene in
            let differences = scene.differences
            let long = String(repeating: "n", count: differences.longestName)
            let names = ["ü€😀", "new\nline", " ", "a:b,c=d\\e", "-rf", long]
            let marks = [".wh.x", ".wh..wh..opq"]
            let reserved = marks.filter { mark in
                differences.reservedPrefix.map { mark.hasPrefix($0) } ?? false
            }
            let usable = names + marks.filter { !reserved.contains($0) }
            try scene.comparesToPlain([
                { tree in
                    for name in usable { try tree.write(name, "old") }
                    try Self.withInvalidName(in: tree) {
                        close(clx_openat($0, $1, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644))
                    }
                    try tree.write("x", "not hidden by .wh.x")
                },
                { tree in for name in usable { try tree.append(name, " and new") } },
                { tree in
                    for name in usable { try tree.remove(name) }
                    try Self.withInvalidName(in: tree) { unlinkat($0, $1, 0) }
                },
            ])
            let work = try scene.key("work")
            try scene.snapshots.prepare(work)
            try scene.mounted(work) { tree in
                for name in reserved {
                    try expectError(name, { try tree.write(name, "x") }) { errno(of: $0) == .notPermitted }
                }
                let longest = String(repeating: "l", count: 255)
                if differences.longestName == 255 { try tree.write(longest, "x") }
            }
            if reserved.isEmpty, differences.longestName == 255 { return nil }
            return "names of more than \(differences.longestName) bytes cannot be deleted below; "
                + "\(reserved.joined(separator: " ")): exactly EPERM"
        },
        ConformanceCase("C23", "paths of 4 KiB") { scene in
            let name = String(repeating: "d", count: 200)
            try scene.layer("base") { tree in
                try Self.descend(tree, name, 20, making: true) { directory in
                    let file = clx_openat(directory, "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
                    try expect(file >= 0, "no file at the end of a long path: \(Errno.current)")
                    close(file)
                }
            }
            try scene.layer("top", on: "base") { tree in
                try Self.descend(tree, name, 20, making: false) { directory in
                    try expect(fchmodat(directory, "file", 0o600, 0) == 0, "chmod: \(Errno.current)")
                    try expect(unlinkat(directory, "file", 0) == 0, "unlink: \(Errno.current)")
                }
            }
            let view = try scene.key("view")
            try scene.snapshots.view(view, parent: scene.key("top"))
            try scene.mounted(view) { tree in
                try Self.descend(tree, name, 20, making: false) { directory in
                    try expect(faccessat(directory, "file", F_OK, 0) != 0, "the deleted file is there")
                }
            }
        },
    ]

    /// Calls `body` with a name that is not UTF-8.
    private static func withInvalidName(
        in tree: Tree, _ body: (Int32, UnsafePointer<CChar>) -> Int32
    ) throws {
        let directory = try Descriptor(tree.root, O_RDONLY | O_DIRECTORY)
        let name: [CChar] = [102, -1, -2, 0]
        if body(directory.rawValue, name) != 0 { throw SystemCallError("create or remove", "f\\xff\\xfe") }
    }

    /// Goes down into directories of one name, and calls `body` with the last one.
    private static func descend(
        _ tree: Tree, _ name: String, _ depth: Int, making isMaking: Bool, _ body: (Int32) throws -> Void
    ) throws {
        var directory = try Descriptor(tree.root, O_RDONLY | O_DIRECTORY)
        for _ in 0..<depth {
            if isMaking, mkdirat(directory.rawValue, name, 0o755) != 0 {
                throw SystemCallError("mkdir", name)
            }
            let next = clx_openat(directory.rawValue, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
            guard next >= 0 else { throw SystemCallError("open", name) }
            directory = Descriptor(owning: next)
        }
        try body(directory.rawValue)
    }
}
