internal import CLinux
internal import Core
internal import Glibc
internal import SystemPackage

/// C11, C15 to C21, C26, C27: owners, modes, attributes, times, holes, special files; a full disk; many files.
enum MetadataCases {
    static let all: [ConformanceCase] = [
        ConformanceCase("C11", "chown and chmod of a lower tree; the parent is untouched") { scene in
            try scene.comparesToPlain([
                ContentCases.fill("dir"),
                { tree in
                    for name in ["dir", "dir/one", "dir/sub", "dir/sub/deep", "dir/link"] {
                        try tree.changeOwner(name, 1000, 1001)
                    }
                    for name in ["dir", "dir/one", "dir/sub/deep"] { try tree.changeMode(name, 0o700) }
                },
            ])
            let parent = try scene.seen(on: "layer-0").entries[Array("dir/one".utf8)]
            try expect(parent?.owner == 0 && parent?.mode == S_IFREG | 0o644, "the parent has changed")
        },
        ConformanceCase("C15", "setuid, setgid and sticky bits") { scene in
            try scene.comparesToPlain([
                { tree in
                    for (name, mode) in [("u", 0o4755), ("g", 0o2755), ("s", 0o1644)] as [(String, UInt32)] {
                        try tree.write(name, name)
                        try tree.changeMode(name, mode)
                    }
                    try tree.makeDirectory("d")
                    try tree.changeMode("d", 0o3777)
                },
                { tree in
                    for name in ["u", "g", "s", "d"] { try tree.setTime(name, 1, 1) }
                },
            ])
        },
        ConformanceCase("C16", "security.capability through a first change, and through chown") { scene in
            // vfs_cap_data, revision 2 (linux/capability.h): CAP_NET_RAW permitted and effective.
            let value: [UInt8] = [1, 0, 0, 2, 0, 0x20, 0, 0] + [UInt8](repeating: 0, count: 12)
            try scene.comparesToPlain([
                { tree in
                    for name in ["kept", "lost"] {
                        try tree.write(name, name, mode: 0o755)
                        try tree.setAttribute(name, "security.capability", value)
                    }
                },
                { tree in
                    try tree.setTime("kept", 1, 1)
                    // chown(2) takes capabilities away, on any file system.
                    try tree.changeOwner("lost", 1000, 1000)
                },
            ])
        },
        ConformanceCase("C17", "user. and trusted. attributes") { scene in
            try scene.comparesToPlain([
                { tree in
                    try tree.write("file", "x")
                    try tree.makeDirectory("dir")
                    for name in ["file", "dir"] {
                        try tree.setAttribute(name, "user.mydocker", Array("value".utf8))
                        try tree.setAttribute(name, "trusted.mydocker", [0, 1, 255])
                    }
                },
                { tree in
                    try tree.setTime("file", 1, 1)
                    try tree.setAttribute("dir", "user.mydocker", Array("other".utf8))
                },
            ])
        },
        ConformanceCase("C18", "POSIX ACLs and default ACLs") { scene in
            // acl(5), linux/posix_acl_xattr.h: version 2, then tag, permissions and identifier of each entry.
            func list(_ entries: [(tag: UInt8, permissions: UInt8, id: UInt32)]) -> [UInt8] {
                var bytes: [UInt8] = [2, 0, 0, 0]
                for entry in entries {
                    bytes += [entry.tag, 0, entry.permissions, 0]
                    withUnsafeBytes(of: entry.id.littleEndian) { bytes += $0 }
                }
                return bytes
            }
            let none = UInt32.max
            let access = list([(1, 6, none), (2, 7, 1000), (4, 4, none), (0x10, 7, none), (0x20, 0, none)])
            try scene.comparesToPlain([
                { tree in
                    try tree.write("file", "x")
                    try tree.makeDirectory("dir")
                    try tree.setAttribute("file", "system.posix_acl_access", access)
                    try tree.setAttribute("dir", "system.posix_acl_default", access)
                },
                { tree in
                    try tree.setTime("file", 1, 1)
                    // Made in a lower directory with a default ACL: inherits it.
                    try tree.write("dir/file", "x")
                    try tree.makeDirectory("dir/dir")
                },
            ])
        },
        ConformanceCase(declaring: "C19", "times to the nanosecond: before 1970, at 0, after 2038") { scene in
            let times = [(-1, 999_999_999), (0, 0), (1, 1), (2_147_483_648, 123_456_789), (4_000_000_000, 5)]
            let plain = Tree(scene.place.appending("probe"))
            try Files.makeDirectory(plain.root)
            // What this file system can keep at all (XFS without bigtime ends in 2038).
            let kept = try times.filter { seconds, nanoseconds in
                try plain.setTime("", seconds, nanoseconds)
                let time = try plain.status("").st_mtim
                return time.tv_sec == seconds && time.tv_nsec == nanoseconds
            }
            try expect(kept.count >= 3, "this file system keeps no times")
            let granularity = scene.differences.timeGranularity
            try scene.comparesToPlain(
                [
                    { tree in
                        for (index, time) in kept.enumerated() {
                            try tree.write("file\(index)", "x")
                            try tree.makeDirectory("dir\(index)")
                            try tree.symlink("x", at: "link\(index)")
                            for kind in ["file", "dir", "link"] {
                                // What is finer is cut off, which is not tried: the plain tree keeps it.
                                try tree.setTime(
                                    "\(kind)\(index)", time.0, time.1 / granularity * granularity)
                            }
                        }
                        try tree.setTime("", 5, 0)
                    },
                    { tree in
                        for index in kept.indices {
                            for kind in ["file", "dir"] { try tree.changeMode("\(kind)\(index)", 0o700) }
                        }
                        try tree.setTime("", 6, 0)
                    },
                ], times: true)
            return granularity == 1 ? nil : "times in steps of \(granularity) ns"
        },
        ConformanceCase(declaring: "C20", "a sparse file of 1 TiB keeps its holes") { scene in
            let size = off_t(1) << (scene.differences.copyUpReadsHoles ? 26 : 40)
            try scene.layer("base") { tree in
                try tree.write("sparse", "begin")
                let file = try Descriptor(tree.path("sparse"), O_WRONLY)
                guard ftruncate(file.rawValue, size) == 0 else {
                    throw ConformanceSkip(
                        reason: "this file system takes no file of \(size) bytes: \(Errno.current)")
                }
                guard pwrite(file.rawValue, "end", 3, size - 3) == 3 else {
                    throw SystemCallError("pwrite", "sparse")
                }
            }
            try scene.layer("top", on: "base") { try $0.changeMode("sparse", 0o600) }
            for layer in ["base", "top"] {
                let usage = try scene.usage(layer)
                try expect(usage.bytes < 8 << 20, "the layer \(layer) takes \(usage.bytes) bytes")
            }
            try scene.apply(scene.diff("top", on: ["base"]), as: "again", on: "base")
            try expect(scene.usage("again").bytes < 8 << 20, "archived and unpacked, it has lost its holes")
            let base = try scene.seen(on: "base").entries[Array("sparse".utf8)]
            let top = try scene.seen(on: "top").entries[Array("sparse".utf8)]
            try expect(top?.content == base?.content && top?.size == Int64(size), "the content has changed")
            return scene.differences.copyUpReadsHoles
                ? "the first change reads the holes too, and so a file of \(size >> 20) MiB is tried" : nil
        },
        ConformanceCase(
            declaring: "C21", "pipes, sockets and devices; a device 0:0 is kept or refused, never a deletion"
        ) { scene in
            try scene.comparesToPlain([
                { tree in
                    try tree.makeNode("fifo", S_IFIFO | 0o644)
                    try tree.makeNode("socket", S_IFSOCK | 0o644)
                    try tree.makeNode("null", S_IFCHR | 0o666, 1, 3)
                    try tree.makeNode("block", S_IFBLK | 0o660, 7, 200)
                    try tree.write("zero", "there is something of this name below")
                },
                { tree in
                    for name in ["fifo", "socket", "null", "block"] { try tree.changeMode(name, 0o600) }
                },
            ])
            let work = try scene.key("work")
            try scene.snapshots.prepare(work, parent: scene.key("layer-1"))
            let isRefused = try scene.mounted(work) { tree in
                try tree.remove("zero")
                do { try tree.makeNode("zero", S_IFCHR | 0o600, 0, 0) } catch {
                    try expect(errno(of: error) == .notPermitted, "mknod 0:0: \(error)")
                    return true
                }
                return false
            }
            try scene.snapshots.commit(work, as: scene.key("top"))
            let entry = try scene.seen(on: "top").entries[Array("zero".utf8)]
            if isRefused {
                try expect(entry == nil, "there is something where mknod was refused")
                return "mknod of a device 0:0: exactly EPERM"
            }
            try expect(entry.map { $0.mode & S_IFMT }, is: S_IFCHR, "the device")
            return nil
        },
        ConformanceCase(declaring: "C26", "no space in the middle of a first change leaves the original") {
            scene in
            // The store on a file system of its own: 6 MiB, of which one file takes more than half. A layer that is packed
            // needs as much again until that is done.
            let isPacked = scene.capabilities.finishedName != DriverCapabilities().finishedName
            try scene.onDiskOfItsOwn(size: (isPacked ? 10 : 6) << 20) { full in
                let shares = scene.driver.layers == .wholeTree(sharing: true)
                let free = try full.free()
                let size = scene.capabilities.ground == nil ? 3_840_000 : free / 10 * (shares ? 3 : 6)
                try full.layer("base") {
                    try expect($0.overwrite("big", bytes: size).written, is: size, "base")
                }
                if isPacked {
                    let disk = full.snapshots.store.root.removingLastComponent()
                    try MountPlan([
                        .reconfigure(target: disk, type: "tmpfs", options: [.string("size", "6m")])
                    ]).execute()
                }
                let work = try full.key("work")
                let isNoSpace: (any Error) -> Bool = { errno(of: $0) == .noSpace }
                switch scene.driver.layers {
                case .wholeTree(sharing: false):
                    try expectError(
                        "the copy", { try full.snapshots.prepare(work, parent: full.key("base")) }, isNoSpace)
                case .wholeTree(sharing: true):
                    // There is no copy of it: what is written over it and behind it runs out of space.
                    try full.snapshots.prepare(work, parent: full.key("base"))
                    try full.mounted(work) { tree in
                        let (written, failure) = try tree.overwrite("big", bytes: 2 * free)
                        try expect(failure, is: .noSpace, "the change")
                        try expect(
                            tree.status("big").st_size, is: off_t(max(size, written)),
                            "size after the failure")
                    }
                    try full.snapshots.remove(work)
                case .changes:
                    try full.snapshots.prepare(work, parent: full.key("base"))
                    try full.mounted(work) { tree in
                        try expectError("the first change", { try tree.append("big", "x") }, isNoSpace)
                        try expect(tree.status("big").st_size, is: off_t(size), "size after the failure")
                    }
                    try full.snapshots.remove(work)
                }
                try full.view("base") {
                    try expect($0.status("big").st_size, is: off_t(size), "size of the original")
                }
                try expect(
                    Files.list(full.snapshots.store.root.appending("tmp")), is: [], "left in the store")
            }
            return isPacked ? "to finish a layer takes as much room again as it has, until that is done" : nil
        },
        ConformanceCase("C27", "a directory of 100 000 files") { scene in
            let count = 100_000
            try scene.layer("base") { tree in
                try tree.makeDirectory("many")
                let many = try Descriptor(tree.path("many"), O_RDONLY | O_DIRECTORY)
                for number in 0..<count {
                    // By the descriptor: a hundred thousand long paths take long to build.
                    guard clx_mknodat(many.rawValue, "\(number)", S_IFREG | 0o644, 0, 0) == 0 else {
                        throw SystemCallError("mknodat", "many/\(number)")
                    }
                }
            }
            let work = try scene.key("work")
            try scene.snapshots.prepare(work, parent: scene.key("base"))
            try scene.mounted(work) { tree in
                try expect(Files.list(tree.path("many")).count, is: count, "files")
                for number in 0..<10 { try tree.remove("many/\(number * 7)") }
                try tree.write("many/new", "x")
                try expect(Files.list(tree.path("many")).count, is: count - 9, "files after ten deletions")
            }
        },
    ]
}
