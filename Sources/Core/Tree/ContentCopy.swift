internal import CLinux
internal import Glibc
package import Host
internal import SystemPackage

/// Copies the content of files, each as cheaply as these two file systems can, with its holes.
package struct ContentCopy {
    private enum Cloning {
        case untried, works, impossible
    }

    private var cloning = Cloning.untried
    private var usesCopyFileRange = true

    /// True if a file shared its data with its copy.
    var hasCloned: Bool { cloning == .works }

    /// Ways of copying that the kernel may have are used if these say so.
    package init(cloning: Bool = true, copyFileRange: Bool = true) {
        if !cloning { self.cloning = .impossible }
        usesCopyFileRange = copyFileRange
    }

    /// Makes the empty file `copy` the same as the first `size` bytes of `source`.
    package mutating func copy(from source: Int32, to copy: Int32, size: Int64) throws(SystemCallError) {
        if size == 0 { return }
        if try clone(source, to: copy) { return }
        var end: Int64 = 0
        while let data = try SparseFile.nextData(of: source, from: end, size: size) {
            try copyRange(data, from: source, to: copy)
            end = data.upperBound
        }
        // A hole at the end.
        if end < size { try systemCall("ftruncate") { ftruncate(copy, off_t(size)) } }
    }

    /// Lets `copy` share the data of `source`, unless that has turned out to be impossible between these file
    /// systems; single files may be excepted (ioctl_ficlone(2)).
    private mutating func clone(_ source: Int32, to copy: Int32) throws(SystemCallError) -> Bool {
        if cloning == .impossible { return false }
        do throws(SystemCallError) {
            try systemCall("FICLONE") { clx_clone_file(copy, source) }
            cloning = .works
            return true
        } catch {
            guard [EOPNOTSUPP, EXDEV, EINVAL, ENOTTY, ENOSYS, ETXTBSY].contains(error.errno.rawValue) else {
                throw error
            }
            if cloning == .untried { cloning = .impossible }
            return false
        }
    }

    private mutating func copyRange(
        _ range: Range<Int64>, from source: Int32, to copy: Int32
    ) throws(SystemCallError) {
        var from = range.lowerBound
        var to = range.lowerBound
        while usesCopyFileRange && from < range.upperBound {
            let wanted = Int(min(range.upperBound - from, 1 << 30))
            do throws(SystemCallError) {
                let count = try systemCall("copy_file_range") {
                    clx_copy_file_range(source, &from, copy, &to, wanted)
                }
                // Either the source has shrunk, or this is one of the file systems that always say so
                // (copy_file_range(2), "BUGS"). read(2) knows.
                if count == 0 { break }
            } catch {
                guard [EXDEV, EINVAL, EOPNOTSUPP, ENOSYS, EPERM].contains(error.errno.rawValue) else {
                    throw error
                }
                usesCopyFileRange = false
            }
        }
        try Self.readAndWrite(from..<range.upperBound, from: source, to: copy)
    }

    private static func readAndWrite(
        _ range: Range<Int64>, from source: Int32, to copy: Int32
    ) throws(SystemCallError) {
        guard !range.isEmpty else { return }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
        defer { buffer.deallocate() }
        var offset = range.lowerBound
        while offset < range.upperBound {
            let wanted = min(buffer.count, Int(range.upperBound - offset))
            let count = try systemCall("read") { pread(source, buffer.baseAddress, wanted, off_t(offset)) }
            if count == 0 { return }
            var done = 0
            while done < count {
                let place = off_t(offset) + done
                done += try systemCall("write") {
                    pwrite(copy, buffer.baseAddress.map { $0 + done }, count - done, place)
                }
            }
            offset += Int64(count)
        }
    }
}
