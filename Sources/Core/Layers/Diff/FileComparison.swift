internal import CLinux
internal import DriverKit
internal import Glibc
internal import Host
internal import Tree

/// Tells whether two files are the same to every program: type, mode, owner, device number, link target, size,
/// modification time to the nanosecond, extended attributes and content.
///
/// Equal times prove nothing: a file that came out of an archive has whole seconds, and whoever changes it can set
/// them again. So the content is compared whenever all else is equal. Inode numbers, access and status
/// change times do not count: a copy cannot have them.
struct FileComparison {
    /// A file in an open directory.
    struct Side {
        let name: [UInt8]
        let directory: Int32
        package let status: stat

        fileprivate var place: ExtendedAttributes.Place {
            .entry(name.map(CChar.init(bitPattern:)) + [0], in: directory)
        }

        fileprivate func open() throws(SystemCallError) -> Descriptor {
            let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
            return Descriptor(
                owning: try systemCall("open") { name.withFileName { clx_openat(directory, $0, flags, 0) } })
        }
    }

    /// The form of deletions on each side, whose own attributes do not count.
    let formats: (DeletionFormat, DeletionFormat)
    private let buffers = (Buffer(), Buffer())

    init(_ left: DeletionFormat, _ right: DeletionFormat) {
        formats = (left, right)
    }

    /// - Parameter ignoringTime: true for a directory whose modification time does not count.
    func isSame(_ left: Side, _ right: Side, ignoringTime: Bool = false) throws(SystemCallError) -> Bool {
        let (a, b) = (left.status, right.status)
        guard a.st_mode == b.st_mode, a.st_uid == b.st_uid, a.st_gid == b.st_gid else { return false }
        guard ignoringTime || a.modified == b.modified else { return false }
        switch a.type {
        case S_IFREG: if a.st_size != b.st_size { return false }
        case S_IFCHR, S_IFBLK: if a.st_rdev != b.st_rdev { return false }
        case S_IFLNK:
            if try FileLink.target(of: left.name, in: left.directory)
                != FileLink.target(of: right.name, in: right.directory)
            {
                return false
            }
        default: break
        }
        guard try attributes(left, formats.0) == attributes(right, formats.1) else { return false }
        if a.type != S_IFREG { return true }
        return try hasSameContent(left, right, size: Int64(a.st_size))
    }

    private func attributes(
        _ side: Side, _ format: DeletionFormat
    ) throws(SystemCallError) -> [ExtendedAttribute] {
        try ExtendedAttributes.portable(at: side.place).filter { !format.reserves($0) }
    }

    private func hasSameContent(_ left: Side, _ right: Side, size: Int64) throws(SystemCallError) -> Bool {
        if size == 0 || FileID(left.status) == FileID(right.status) { return true }
        let one = try left.open()
        let other = try right.open()
        var offset: Int64 = 0
        while offset < size {
            // Where both have a hole, there is nothing to read.
            let starts = (
                try SparseFile.nextData(of: one.rawValue, from: offset, size: size),
                try SparseFile.nextData(of: other.rawValue, from: offset, size: size)
            )
            guard let start = [starts.0?.lowerBound, starts.1?.lowerBound].compactMap({ $0 }).min() else {
                return true
            }
            let count = min(Buffer.size, Int(size - start))
            let read = (
                try buffers.0.fill(from: one.rawValue, at: start, count: count),
                try buffers.1.fill(from: other.rawValue, at: start, count: count)
            )
            guard read.0 == read.1, read.0 > 0, buffers.0.isEqual(to: buffers.1, count: read.0) else {
                return false
            }
            offset = start + Int64(read.0)
        }
        return true
    }
}

/// Memory for pieces of a file.
private final class Buffer {
    static let size = 256 << 10
    private let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 4096)

    deinit { bytes.deallocate() }

    /// Reads until `count` bytes are there, or the file ends.
    func fill(from file: Int32, at offset: Int64, count: Int) throws(SystemCallError) -> Int {
        var done = 0
        while done < count {
            let got = try systemCall("pread") {
                pread(file, bytes.baseAddress.map { $0 + done }, count - done, off_t(offset) + off_t(done))
            }
            if got == 0 { break }
            done += got
        }
        return done
    }

    func isEqual(to other: Buffer, count: Int) -> Bool {
        guard let mine = bytes.baseAddress, let others = other.bytes.baseAddress else { return false }
        return memcmp(mine, others, count) == 0
    }
}
