internal import Glibc
internal import Host

/// Reading at a place of a file.
enum FileRange {
    /// The bytes from `start` on, at most `count`; fewer where the file ends.
    ///
    /// - Throws: ``SystemCallError``.
    static func read(_ file: Int32, from start: Int64, count: Int) throws(SystemCallError) -> [UInt8] {
        var bytes: [UInt8] = []
        try read(file, from: start, count: count, into: &bytes)
        return bytes
    }

    /// The same into an array that is there already.
    static func read(
        _ file: Int32, from start: Int64, count: Int, into bytes: inout [UInt8]
    ) throws(SystemCallError) {
        if bytes.count < count { bytes += [UInt8](repeating: 0, count: count - bytes.count) }
        var done = 0
        while done < count {
            let got = try systemCall("read", ContainerLog.fileName) {
                bytes.withUnsafeMutableBytes {
                    pread(file, $0.baseAddress.map { $0 + done }, count - done, off_t(start) + done)
                }
            }
            if got == 0 { break }
            done += got
        }
        bytes.removeLast(bytes.count - done)
    }
}
