internal import CLinux
internal import Glibc
internal import SystemPackage

/// Writes a directory tree as a root file system archive: the same tree gives the same bytes.
///
/// Entries come in the order of their names' bytes, a directory before its content. What is mounted below is left
/// out but for its mount point, sockets are left out (they mean nothing without their process), and what
/// an image layer cannot hold (``LayerAction``) is an error.
struct TreeArchiver {
    private let writer: TarWriter
    private var device: dev_t = 0
    private var links: [ino_t: [UInt8]] = [:]
    private let buffer: UnsafeMutableRawBufferPointer

    /// Writes the tree at `root` by `writer`, the end of the archive included.
    static func write(_ root: FilePath, to writer: TarWriter) throws {
        let directory = try Descriptor(root, O_RDONLY | O_DIRECTORY)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 4096)
        defer { buffer.deallocate() }
        var archiver = TreeArchiver(writer: writer, buffer: buffer)
        var status = stat()
        try systemCall("fstat", root.string) { fstat(directory.rawValue, &status) }
        archiver.device = status.st_dev
        try archiver.writeDirectory(directory.rawValue, Array("./".utf8), status)
        try writer.finish()
    }

    private init(writer: TarWriter, buffer: UnsafeMutableRawBufferPointer) {
        self.writer = writer
        self.buffer = buffer
    }

    private mutating func writeDirectory(_ directory: Int32, _ path: [UInt8], _ status: stat) throws {
        var entry = Self.entry(path, .directory, status)
        entry.attributes = try attributes(of: directory)
        try writer.write(entry)
        if status.st_dev != device { return }
        let prefix = path.elementsEqual("./".utf8) ? [] : path
        let names = try LayerDirectory.names(in: directory).sorted { $0.lexicographicallyPrecedes($1) }
        for name in names {
            do {
                try write(name, in: directory, prefix + name)
            } catch let error as SystemCallError {
                throw ImageError.failedEntry(name: String(fileName: prefix + name), error)
            }
        }
    }

    private mutating func write(_ name: [UInt8], in directory: Int32, _ path: [UInt8]) throws {
        guard let status = try LayerDirectory.status(name, in: directory) else {
            throw ImageError.failedEntry(
                name: String(fileName: path), SystemCallError("lstat", errno: .noSuchFileOrDirectory))
        }
        if name.starts(with: LayerAction.whiteoutPrefix) {
            throw ImageError.refusedEntry(
                name: String(fileName: path), reason: "image layers keep names with .wh. for deletions")
        }
        if status.isDirectory {
            let child = try LayerDirectory.open(name[...], in: directory)
            return try writeDirectory(child.rawValue, path + [UInt8(ascii: "/")], status)
        }
        if status.st_nlink > 1, status.type != S_IFSOCK,
            let first = links.updateValue(path, forKey: status.st_ino)
        {
            links[status.st_ino] = first
            return try writer.write(Self.entry(path, .hardLink(target: first), status))
        }
        let major = clx_device_major(UInt64(status.st_rdev))
        let minor = clx_device_minor(UInt64(status.st_rdev))
        switch status.type {
        case S_IFREG: return try writeFile(name, in: directory, path, status)
        case S_IFLNK: try special(.symbolicLink(target: readLink(name, in: directory)), name, directory)
        case S_IFIFO: try special(.fifo, name, directory)
        case S_IFCHR: try special(.characterDevice(major: major, minor: minor), name, directory)
        case S_IFBLK: try special(.blockDevice(major: major, minor: minor), name, directory)
        default: return
        }
        func special(_ kind: TarEntry.Kind, _ name: [UInt8], _ directory: Int32) throws {
            var entry = Self.entry(path, kind, status)
            entry.attributes = try attributes(of: name, in: directory)
            _ = try LayerAction(entry)
            try writer.write(entry)
        }
    }

    private func writeFile(_ name: [UInt8], in directory: Int32, _ path: [UInt8], _ status: stat) throws {
        let number = try systemCall("open") {
            name.withFileName { clx_openat(directory, $0, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0) }
        }
        let file = Descriptor(owning: number)
        var status = status
        try systemCall("fstat") { fstat(number, &status) }
        let size = Int64(status.st_size)
        let isSparse = Int64(status.st_blocks) * 512 < size
        let segments = isSparse ? try segments(of: number, size: size) : nil
        let holdsAll = segments == [TarEntry.Segment(offset: 0, length: size)]
        var entry = Self.entry(path, .file(size: size, segments: holdsAll ? nil : segments), status)
        entry.attributes = try attributes(of: number)
        try writer.write(entry)
        var total: Int64 = 0
        for segment in segments ?? [TarEntry.Segment(offset: 0, length: size)] {
            try copy(segment, of: file.rawValue, path)
            total += segment.length
        }
        try writer.endData(total)
    }

    private func copy(_ segment: TarEntry.Segment, of file: Int32, _ path: [UInt8]) throws {
        var done: Int64 = 0
        while done < segment.length {
            let wanted = Int(min(Int64(buffer.count), segment.length - done))
            let offset = off_t(segment.offset + done)
            let count = try systemCall("pread") { pread(file, buffer.baseAddress, wanted, offset) }
            if count == 0 {
                throw ImageError.refusedEntry(
                    name: String(fileName: path), reason: "it became shorter while it was read")
            }
            try writer.write(data: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            done += Int64(count)
        }
    }

    /// The parts of a file with data, as the file system reports them.
    private func segments(of file: Int32, size: Int64) throws -> [TarEntry.Segment] {
        var result: [TarEntry.Segment] = []
        var position: off_t = 0
        while Int64(position) < size {
            let data = lseek(file, position, clx_SEEK_DATA)
            if data < 0 {
                if Errno.current == .noSuchAddressOrDevice { break }
                throw SystemCallError("lseek")
            }
            let hole = try systemCall("lseek") { lseek(file, data, clx_SEEK_HOLE) }
            let end = min(Int64(hole), size)
            if Int64(data) < end {
                result.append(TarEntry.Segment(offset: Int64(data), length: end - Int64(data)))
            }
            position = hole
        }
        return result
    }

    private func readLink(_ name: [UInt8], in directory: Int32) throws -> [UInt8] {
        var target = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = try systemCall("readlink") {
            name.withFileName { readlinkat(directory, $0, &target, target.count) }
        }
        return target[..<count].map(UInt8.init(bitPattern:))
    }

    private static func entry(_ path: [UInt8], _ kind: TarEntry.Kind, _ status: stat) -> TarEntry {
        TarEntry(
            path: path, kind: kind, mode: UInt32(status.st_mode & 0o7777), owner: status.st_uid,
            group: status.st_gid, modified: status.modified)
    }

    private func attributes(of file: Int32) throws(SystemCallError) -> [TarEntry.Attribute] {
        try attributes(atPath: Array("/proc/self/fd/\(file)".utf8), following: true)
    }

    private func attributes(of name: [UInt8], in directory: Int32) throws(SystemCallError) -> [TarEntry
        .Attribute]
    {
        try attributes(atPath: Array("/proc/self/fd/\(directory)/".utf8) + name, following: false)
    }

    private func attributes(
        atPath path: [UInt8], following: Bool
    ) throws(SystemCallError) -> [TarEntry.Attribute] {
        // XATTR_LIST_MAX and XATTR_SIZE_MAX of linux/limits.h are both 64 KiB.
        let capacity = 1 << 16
        let list = following ? listxattr : llistxattr
        let get = following ? getxattr : lgetxattr
        let buffer = buffer.bindMemory(to: CChar.self)
        let count = path.withFileName { list($0, buffer.baseAddress, capacity) }
        if count < 0 {
            if Errno.current == .notSupported { return [] }
            throw SystemCallError("listxattr")
        }
        let names = buffer[..<count].split(separator: 0).map {
            String(fileName: $0.map(UInt8.init(bitPattern:)))
        }
        var result: [TarEntry.Attribute] = []
        for name in names.sorted() {
            let size = try systemCall("getxattr", name) {
                path.withFileName { get($0, name, buffer.baseAddress, capacity) }
            }
            let value = buffer[..<size].map(UInt8.init(bitPattern:))
            let attribute = TarEntry.Attribute(name: name, value: value)
            if !attribute.isHostOnly { result.append(attribute) }
        }
        return result
    }
}
