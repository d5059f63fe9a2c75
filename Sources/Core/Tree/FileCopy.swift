internal import CLinux
internal import Glibc
internal import SystemPackage

/// Copies the content of regular files, in the cheapest way that the file systems offer, holes kept.
struct FileCopy {
    private var canClone = true
    private var canCopyRange = true

    /// Makes the empty file `target` a copy of `source`.
    mutating func copy(_ source: Int32, to target: Int32, size: off_t, subject: () -> String)
        throws(SystemCallError)
    {
        if size == 0 { return }
        if canClone {
            // ioctl_ficlonerange(2): EOPNOTSUPP, EXDEV, EINVAL or ENOTTY where the file systems cannot.
            if clx_clone_file(target, source) == 0 { return }
            canClone = false
        }
        try systemCall("ftruncate", subject()) { ftruncate(target, size) }
        var position: off_t = 0
        while position < size {
            let data = lseek(source, position, clx_SEEK_DATA)
            if data < 0 {
                // lseek(2): ENXIO, no data behind this offset; EINVAL, the file system tells of no holes.
                if Errno.current == .noSuchAddressOrDevice { return }
                return try copyData(source, to: target, position, size, subject)
            }
            let hole = try systemCall("lseek", subject()) { lseek(source, data, clx_SEEK_HOLE) }
            try copyData(source, to: target, data, min(hole, size), subject)
            position = hole
        }
    }

    private mutating func copyData(
        _ source: Int32, to target: Int32, _ start: off_t, _ end: off_t, _ subject: () -> String
    ) throws(SystemCallError) {
        var from = Int64(start)
        var to = Int64(start)
        while canCopyRange && from < Int64(end) {
            let count = clx_copy_file_range(source, &from, target, &to, Int(Int64(end) - from))
            // copy_file_range(2): 0 is the end of the file, but some file systems return it for want of
            // support; the plain way below tells which.
            if count == 0 { break }
            if count < 0 {
                if Errno.current == .interrupted { continue }
                if Errno.current == .noSpace { throw SystemCallError("copy_file_range", subject()) }
                canCopyRange = false
            }
        }
        if from < Int64(end) { try copyPlainly(source, to: target, off_t(from), end, subject) }
    }

    private func copyPlainly(
        _ source: Int32, to target: Int32, _ start: off_t, _ end: off_t, _ subject: () -> String
    ) throws(SystemCallError) {
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        var position = start
        while position < end {
            let wanted = min(buffer.count, Int(end - position))
            let count = try systemCall("read", subject()) { pread(source, &buffer, wanted, position) }
            if count == 0 { return }  // The file has become shorter.
            var done = 0
            while done < count {
                done += try systemCall("write", subject()) {
                    buffer.withUnsafeBytes {
                        pwrite(target, $0.baseAddress.map { $0 + done }, count - done, position + off_t(done))
                    }
                }
            }
            position += off_t(count)
        }
    }
}
