package import CLinux
package import DriverKit
internal import Glibc
internal import Host
internal import SystemPackage
package import Tree

/// Writes files and directories into an archive as they are: with links between them, extended attributes, times to
/// the nanosecond, and holes.
package final class EntryArchiver {
    /// The size from which on a file is asked for its holes whatever it takes of the disk.
    private static let holesMatter = 1 << 20

    private let writer: TarWriter
    private let purpose: Purpose
    private let prefix: LayerPath
    private let skip: ([UInt8]) -> Void
    private var links: [FileID: [UInt8]] = [:]
    private var boundary = MountBoundary()
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 4096)

    /// What an archive is for.
    package enum Purpose {
        /// A layer of an image: what such a one cannot hold (``LayerAction``) is an error.
        case layer
        /// Anybody: every name and device is taken as it is.
        case anything
    }

    /// - Parameters:
    ///   - prefix: what stands in the archive for the root of the tree.
    ///   - skip: is called with the path of each socket, which is left out: it means nothing without its process,
    ///     and tar has no form for it.
    package init(
        _ writer: TarWriter, for purpose: Purpose, below prefix: LayerPath = .root,
        skip: @escaping ([UInt8]) -> Void
    ) {
        self.prefix = prefix
        self.writer = writer
        self.purpose = purpose
        self.skip = skip
    }

    deinit { buffer.deallocate() }

    /// Writes an open directory, without its content.
    func write(directory: Int32, as path: LayerPath, reserved format: DeletionFormat = .none) throws {
        let path = placed(path)
        let name = path.isRoot ? Array("./".utf8) : path.bytes + [UInt8(ascii: "/")]
        var entry = Self.entry(name, .directory, try stat(of: directory))
        entry.attributes = try attributes(at: .file(directory), format)
        try put(entry)
    }

    /// Writes what is no directory: `status` is what lstat(2) says about the last name of `path` in `directory`.
    ///
    /// - Parameter newPath: what it is called in the archive instead.
    /// - Returns: false for what an archive cannot hold, a socket.
    @discardableResult
    package func write(
        _ path: LayerPath, in directory: Int32, _ status: stat, as newPath: LayerPath? = nil,
        reserved format: DeletionFormat = .none
    ) throws -> Bool {
        let name = Array(path.name)
        let path = placed(newPath ?? path)
        if status.type == S_IFSOCK {
            skip(path.bytes)
            return false
        }
        if status.st_nlink > 1 {
            if let first = links[FileID(status)] {
                try put(Self.entry(path.bytes, .hardLink(target: first), status))
                return true
            }
            links[FileID(status)] = path.bytes
        }
        let place = ExtendedAttributes.Place.entry(name.map(CChar.init(bitPattern:)) + [0], in: directory)
        if status.type == S_IFREG {
            try writeFile(name, in: directory, path, status, attributes(at: place, format))
            return true
        }
        var entry = Self.entry(path.bytes, try kind(name, in: directory, status), status)
        entry.attributes = try attributes(at: place, format)
        try put(entry)
        return true
    }

    private func placed(_ path: LayerPath) -> LayerPath {
        prefix.isRoot ? path : path.isRoot ? prefix : prefix.appending(path.bytes)
    }

    private func kind(_ name: [UInt8], in directory: Int32, _ status: stat) throws -> TarEntry.Kind {
        let major = clx_device_major(UInt64(status.st_rdev))
        let minor = clx_device_minor(UInt64(status.st_rdev))
        switch status.type {
        case S_IFLNK: return .symbolicLink(target: try FileLink.target(of: name, in: directory))
        case S_IFIFO: return .fifo
        case S_IFCHR: return .characterDevice(major: major, minor: minor)
        case S_IFBLK: return .blockDevice(major: major, minor: minor)
        default:
            throw ImageError.refusedEntry(
                name: String(fileName: name), reason: "it is of no type that an archive has")
        }
    }

    private func writeFile(
        _ name: [UInt8], in directory: Int32, _ path: LayerPath, _ expected: stat,
        _ attributes: [ExtendedAttribute]
    ) throws {
        let file: Descriptor
        do {
            let name = EntryName(name.map(CChar.init(bitPattern:)))
            file = try boundary.open(name, in: directory, O_RDONLY | O_NONBLOCK | O_NOCTTY)
        } catch {
            guard error.errno == .improperLink else { throw error }
            // Something is mounted there.
            links[FileID(expected)] = nil
            return try put(Self.entry(path.bytes, .file(size: 0, segments: nil), expected))
        }
        let status = try stat(of: file.rawValue)
        guard FileID(status) == FileID(expected) else {
            throw ImageError.refusedEntry(name: path.displayName, reason: "it was replaced while it was read")
        }
        let size = Int64(status.st_size)
        // There are file systems that count holes as blocks. Not asked of small files.
        let isSparse = Int64(status.st_blocks) * 512 < size || size >= Self.holesMatter
        let segments = isSparse ? try Self.segments(of: file.rawValue, size: size) : nil
        let holdsAll = segments == [TarEntry.Segment(offset: 0, length: size)]
        var entry = Self.entry(path.bytes, .file(size: size, segments: holdsAll ? nil : segments), status)
        entry.attributes = attributes
        try put(entry)
        var total: Int64 = 0
        for segment in segments ?? [TarEntry.Segment(offset: 0, length: size)] {
            try copy(segment, of: file.rawValue, path)
            total += segment.length
        }
        try writer.endData(total)
    }

    private func copy(_ segment: TarEntry.Segment, of file: Int32, _ path: LayerPath) throws {
        var done: Int64 = 0
        while done < segment.length {
            let wanted = Int(min(Int64(buffer.count), segment.length - done))
            let offset = off_t(segment.offset + done)
            let count = try systemCall("pread") { pread(file, buffer.baseAddress, wanted, offset) }
            if count == 0 {
                throw ImageError.refusedEntry(
                    name: path.displayName, reason: "it became shorter while it was read")
            }
            try writer.write(data: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            done += Int64(count)
        }
    }

    /// The parts of a file with data, as the file system reports them.
    private static func segments(
        of file: Int32, size: Int64
    ) throws(SystemCallError) -> [TarEntry.Segment] {
        var result: [TarEntry.Segment] = []
        var end: Int64 = 0
        while let data = try SparseFile.nextData(of: file, from: end, size: size) {
            result.append(
                TarEntry.Segment(offset: data.lowerBound, length: data.upperBound - data.lowerBound))
            end = data.upperBound
        }
        return result
    }

    private static func entry(_ path: [UInt8], _ kind: TarEntry.Kind, _ status: stat) -> TarEntry {
        TarEntry(
            path: path, kind: kind, mode: UInt32(status.st_mode & 0o7777), owner: status.st_uid,
            group: status.st_gid, modified: status.modified)
    }

    private func attributes(
        at place: ExtendedAttributes.Place, _ format: DeletionFormat
    ) throws(SystemCallError) -> [ExtendedAttribute] {
        try ExtendedAttributes.portable(at: place).filter { !format.reserves($0) }
    }

    /// Writes an entry's headers if the archive can hold it.
    private func put(_ entry: TarEntry) throws {
        for name in [entry.path, entry.kind.linkedName] where name.count > TarReader.maximumName {
            throw ImageError.refusedEntry(
                name: entry.displayName,
                reason: "its name has \(name.count) bytes, more than an archive holds")
        }
        if purpose == .layer {
            switch try LayerAction(entry) {
            case .create(let path) where !LayerAction.hasReservedName(path): break
            case .link(let path, _) where !LayerAction.hasReservedName(path): break
            default:
                throw ImageError.refusedEntry(
                    name: entry.displayName, reason: "image layers keep names with .wh. for deletions")
            }
        }
        try writer.write(entry)
    }
}

extension TarEntry.Kind {
    /// The target of a link; empty for everything else.
    fileprivate var linkedName: [UInt8] {
        switch self {
        case .hardLink(let target), .symbolicLink(let target): target
        default: []
        }
    }
}
