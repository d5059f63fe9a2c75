internal import Glibc
package import Host
internal import SystemPackage

/// Gathers small pieces before they are written to a descriptor, which stays the caller's.
package final class BufferedOutput {
    private let file: Int32
    private var pending: [UInt8] = []
    private static let size = 1 << 18

    package init(_ file: Int32) {
        self.file = file
        pending.reserveCapacity(Self.size)
    }

    package func write(_ bytes: UnsafeRawBufferPointer) throws(SystemCallError) {
        if pending.count + bytes.count > Self.size { try flush() }
        if bytes.count > Self.size { return try writeAll(bytes) }
        pending += bytes
    }

    /// Writes what has been gathered.
    package func flush() throws(SystemCallError) {
        let result = pending.withUnsafeBytes { bytes in
            Result { () throws(SystemCallError) in try self.writeAll(bytes) }
        }
        try result.get()
        pending.removeAll(keepingCapacity: true)
    }

    private func writeAll(_ bytes: UnsafeRawBufferPointer) throws(SystemCallError) {
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            done += try systemCall("write") { Glibc.write(file, rest.baseAddress, rest.count) }
        }
    }
}
