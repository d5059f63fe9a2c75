internal import CLinux
internal import Core
internal import Glibc
internal import SystemPackage

/// What programs do with files: each on a fresh root, so that the first change of a lower file is one.
enum FileWorkloads {
    static func all(_ size: BenchmarkSize) -> [Workload] {
        let (files, stream) = (size.files, size.stream)
        let mebibytes = stream >> 20
        return [
            Workload("walk", "look at every file of \(files) in a lower layer (readdir, lstat), caches warm")
            { root in
                try root.with(.files(files)) { path in
                    _ = try FileWork.walk(path)
                    return try Stopwatch.time { _ = try FileWork.walk(path) }
                }
            },
            Workload("open-read-cold", "open and read 500 lower files of 4 KiB, their pages dropped before") {
                root in
                try read(root, files, cold: true)
            },
            Workload("open-read-warm", "open and read 500 lower files of 4 KiB, from the page cache") {
                root in
                try read(root, files, cold: false)
            },
            Workload(
                "read-sequential",
                "read a lower file of \(mebibytes) MiB in 64 KiB pieces, from the page cache"
            ) {
                root in
                try root.with(.file(bytes: stream)) { path in
                    var buffer = [UInt8](repeating: 0, count: 1 << 16)
                    try FileWork.readAll(path.appending("file"), &buffer)
                    return try Stopwatch.time { try FileWork.readAll(path.appending("file"), &buffer) }
                }
            },
            Workload(
                "write-sequential", "write a new file of \(mebibytes) MiB and sync it (fdatasync included)"
            ) {
                root in
                try root.with(.file(bytes: stream)) { path in
                    let file = path.appending("new")
                    defer { try? Files.remove(file) }
                    return try Stopwatch.time { try FileWork.write(file, bytes: stream, sync: true) }
                }
            },
            Workload(
                "read-random",
                "2 000 reads of 4 KiB all over a lower file of \(mebibytes) MiB, page cache warm"
            ) {
                root in
                try root.with(.file(bytes: stream)) { path in
                    var buffer = [UInt8](repeating: 0, count: 1 << 16)
                    try FileWork.readAll(path.appending("file"), &buffer)
                    return try random(path.appending("file"), stream, O_RDONLY)
                }
            },
            Workload(
                "write-random", "2 000 writes of 4 KiB all over a new file of \(mebibytes) MiB, not synced"
            ) {
                root in
                try root.with(.file(bytes: stream)) { path in
                    let file = path.appending("new")
                    defer { try? Files.remove(file) }
                    try FileWork.write(file, bytes: stream)
                    return try random(file, stream, O_RDWR)
                }
            },
            copyUp("copy-up-4k", 4096), copyUp("copy-up-1m", 1 << 20),
            copyUp("copy-up-\(size.large >> 20)m", size.large),
            Workload(
                "create-delete", "make \(files) empty files in one directory, and delete them; not synced"
            ) {
                root in
                try root.with(.layers(1)) { path in
                    let place = path.appending("new")
                    try Files.makeDirectory(place)
                    defer { try? Files.removeDirectory(place) }
                    return try Stopwatch.time {
                        for number in 0..<files { try Files.create(place.appending("file-\(number)")) }
                        for number in 0..<files { try Files.remove(place.appending("file-\(number)")) }
                    }
                }
            },
            Workload("rename", "rename a new file \(files) times; not synced") { root in
                try root.with(.layers(1)) { path in
                    let names = [path.appending("one"), path.appending("other")]
                    try Files.create(names[0])
                    defer { for name in names { try? Files.remove(name) } }
                    return try Stopwatch.time {
                        for number in 0..<files {
                            try Files.rename(names[number % 2], to: names[(number + 1) % 2])
                        }
                    }
                }
            },
        ]
    }

    private static func copyUp(_ id: String, _ bytes: Int) -> Workload {
        let size = bytes < 1 << 20 ? "\(bytes >> 10) KiB" : "\(bytes >> 20) MiB"
        return Workload(
            id, "add one byte to a lower file of \(size), its first change; page cache warm, not synced"
        ) {
            root in
            try root.with(.file(bytes: bytes)) { path in
                let file = path.appending("file")
                var buffer = [UInt8](repeating: 0, count: 1 << 16)
                try FileWork.readAll(file, &buffer)
                let time = try Stopwatch.time { try FileWork.append(file) }
                // For the bare file system, where this is the one that others will see.
                try FileWork.truncate(file, to: bytes)
                return time
            }
        }
    }

    private static func read(_ root: any BenchmarkRoot, _ files: Int, cold: Bool) throws -> Double {
        try root.with(.files(files)) { path in
            let step = max(1, files / 500)
            let paths = stride(from: 0, to: files, by: step).prefix(500).map { Ground.path(of: $0, in: path) }
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            // Names and inodes are warm in both.
            for path in paths { try FileWork.readAll(path, &buffer) }
            if cold { for path in paths { try FileWork.forget(path) } }
            return try Stopwatch.time { for path in paths { try FileWork.readAll(path, &buffer) } }
        }
    }

    /// Reads or writes 4 KiB at 2 000 places that are always the same.
    private static func random(_ path: FilePath, _ size: Int, _ flags: Int32) throws -> Double {
        let file = try Descriptor(path, flags)
        var buffer = [UInt8](repeating: 7, count: 4096)
        var state: UInt64 = 42
        return try Stopwatch.time {
            for _ in 0..<2000 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let offset = off_t(Int(state >> 33) % (size / 4096) * 4096)
                let count =
                    flags == O_RDONLY
                    ? pread(file.rawValue, &buffer, 4096, offset)
                    : pwrite(file.rawValue, buffer, 4096, offset)
                guard count == 4096 else { throw SystemCallError("pread or pwrite", path, errno: .current) }
            }
        }
    }
}
