internal import CLinux
internal import Core
internal import Glibc
internal import SystemPackage

/// The file operations that workloads are made of, each with as few system calls as it needs.
enum FileWork {
    /// What files are filled with: nothing that compresses to nothing, and no holes.
    static let block: [UInt8] = (0..<(1 << 16)).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ ($0 >> 8)) }

    /// Makes a file, or replaces its content, in pieces of 64 KiB.
    static func write(_ path: FilePath, bytes: Int, sync: Bool = false) throws {
        let file = try Descriptor(path, O_WRONLY | O_CREAT | O_TRUNC, mode: 0o644)
        var left = bytes
        while left > 0 {
            let count = min(left, block.count)
            let done = block.withUnsafeBytes { Glibc.write(file.rawValue, $0.baseAddress, count) }
            guard done > 0 else { throw SystemCallError("write", path, errno: .current) }
            left -= done
        }
        if sync, fdatasync(file.rawValue) != 0 { throw SystemCallError("fdatasync", path, errno: .current) }
    }

    /// Reads a file from its beginning to its end.
    static func readAll(_ path: FilePath, _ buffer: inout [UInt8]) throws {
        let file = try Descriptor(path, O_RDONLY)
        let size = buffer.count
        while true {
            let count = read(file.rawValue, &buffer, size)
            if count == 0 { return }
            guard count > 0 else { throw SystemCallError("read", path, errno: .current) }
        }
    }

    /// Copies a file's content.
    static func copy(_ path: FilePath, to target: FilePath, mode: UInt32) throws {
        let content = try Descriptor(path, O_RDONLY).readAll(limit: 1 << 30, subject: path.string)
        let file = try Descriptor(target, O_WRONLY | O_CREAT | O_EXCL, mode: mode)
        try file.write(content, subject: target.string)
    }

    /// Adds one byte to the end.
    static func append(_ path: FilePath) throws {
        let file = try Descriptor(path, O_WRONLY | O_APPEND)
        guard Glibc.write(file.rawValue, [1], 1) == 1 else {
            throw SystemCallError("write", path, errno: .current)
        }
    }

    static func truncate(_ path: FilePath, to bytes: Int) throws {
        guard path.withPlatformString({ Glibc.truncate($0, off_t(bytes)) }) == 0 else {
            throw SystemCallError("truncate", path, errno: .current)
        }
    }

    /// Looks at everything in a tree, as find(1) with -size does; returns how much there is.
    static func walk(_ directory: FilePath) throws -> Int {
        guard let stream = directory.withPlatformString({ opendir($0) }) else {
            throw SystemCallError("opendir", directory, errno: .current)
        }
        defer { closedir(stream) }
        var count = 0
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name == "." || name == ".." { continue }
            var status = stat()
            guard fstatat(dirfd(stream), name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { continue }
            count += 1
            if status.st_mode & S_IFMT == S_IFDIR {
                count += try walk(directory.appending(FilePath(name).components))
            }
        }
        return count
    }

    /// Drops a file's pages from the page cache, as far as they are clean (posix_fadvise(2)).
    static func forget(_ path: FilePath) throws {
        let file = try Descriptor(path, O_RDONLY)
        fdatasync(file.rawValue)
        posix_fadvise(file.rawValue, 0, 0, POSIX_FADV_DONTNEED)
    }

    /// The share of a file's pages that are in memory (mincore(2)).
    static func residency(_ path: FilePath) throws -> Double {
        let file = try Descriptor(path, O_RDONLY)
        var status = stat()
        guard fstat(file.rawValue, &status) == 0, status.st_size > 0 else { return 0 }
        let size = Int(status.st_size)
        guard let map = mmap(nil, size, PROT_READ, MAP_SHARED, file.rawValue, 0), map != MAP_FAILED else {
            throw SystemCallError("mmap", path, errno: .current)
        }
        defer { munmap(map, size) }
        var pages = [UInt8](repeating: 0, count: (size + 4095) / 4096)
        guard mincore(map, size, &pages) == 0 else { throw SystemCallError("mincore", path, errno: .current) }
        return Double(pages.count { $0 & 1 == 1 }) / Double(pages.count)
    }

    /// Undoes the mounts at a place, the latest first.
    static func unmount(_ target: FilePath) throws {
        var count = 0
        while target.withPlatformString({ umount2($0, Int32(UMOUNT_NOFOLLOW)) }) == 0 { count += 1 }
        guard count > 0 else { throw SystemCallError("umount2", target, errno: .current) }
        try MountServer.settle(at: target)
    }
}
