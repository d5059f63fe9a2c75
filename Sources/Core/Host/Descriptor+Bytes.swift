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
    package borrowing func read(exactly count: Int, subject: String) throws(SystemCallError) -> [UInt8] {
        let bytes = try readAll(limit: count, subject: subject)
        guard bytes.count == count else { throw SystemCallError("read", subject, errno: .brokenPipe) }
        return bytes
    }

    /// Reads up to the end, or up to `limit` bytes.
    package borrowing func readAll(limit: Int, subject: String) throws(SystemCallError) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < limit {
            let chunk = try readChunk(limit: limit - bytes.count, subject: subject)
            if chunk.isEmpty { break }
            bytes += chunk
        }
        return bytes
    }

    /// What one read(2) gives, at most `limit` bytes; none at the end.
    private borrowing func readChunk(limit: Int, subject: String) throws(SystemCallError) -> [UInt8] {
        let descriptor = rawValue
        var failure: SystemCallError?
        // Nothing is written to the room beforehand: most files are short, and what is not touched costs no page.
        let chunk = [UInt8](unsafeUninitializedCapacity: min(limit, 64 << 10)) { room, count in
            do throws(SystemCallError) {
                count = try systemCall("read", subject) {
                    Glibc.read(descriptor, room.baseAddress, min(room.count, limit))
                }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return chunk
    }
}

extension FilePath {
    /// The path of these bytes, whatever their encoding; a zero byte ends it.
    package init(bytes: [UInt8]) {
        self = (bytes + [0]).withUnsafeBytes { raw in
            FilePath(platformString: raw.bindMemory(to: CChar.self).baseAddress.unsafelyUnwrapped)
        }
    }
}
