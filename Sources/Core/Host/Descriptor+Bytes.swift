internal import CLinux
internal import Glibc
internal import SystemPackage

extension Descriptor {
    /// Writes all of `bytes`.
    package borrowing func write(_ bytes: [UInt8], subject: String) throws(SystemCallError) {
        let descriptor = rawValue
        var done = 0
        while done < bytes.count {
            done += try systemCall("write", subject) {
                bytes.withUnsafeBytes {
                    Glibc.write(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done)
                }
            }
        }
    }

    /// Reads exactly `count` bytes.
    ///
    /// - Throws: ``SystemCallError``; EPIPE if the other side ends before.
    borrowing func read(exactly count: Int, subject: String) throws(SystemCallError) -> [UInt8] {
        let bytes = try readAll(limit: count, subject: subject)
        guard bytes.count == count else { throw SystemCallError("read", subject, errno: .brokenPipe) }
        return bytes
    }

    /// Reads up to the end, or up to `limit` bytes.
    package borrowing func readAll(limit: Int, subject: String) throws(SystemCallError) -> [UInt8] {
        let descriptor = rawValue
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: min(limit, 64 << 10))
        while bytes.count < limit {
            let wanted = min(buffer.count, limit - bytes.count)
            let count = try systemCall("read", subject) {
                buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, wanted) }
            }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        return bytes
    }
}

extension FilePath {
    /// The path of these bytes, whatever their encoding; a zero byte ends it.
    init(bytes: [UInt8]) {
        self = (bytes + [0]).withUnsafeBytes { raw in
            FilePath(platformString: raw.bindMemory(to: CChar.self).baseAddress.unsafelyUnwrapped)
        }
    }
}
