internal import CLinux
internal import Glibc
package import Host
internal import SystemPackage

/// A source over a file or pipe (read(2)).
package final class FileSource: ByteSource {
    let descriptor: Int32
    /// Whether it is this source's own.
    private let isOwned: Bool

    /// A source over a descriptor that is borrowed, and stays open.
    package init(_ descriptor: Int32) {
        self.descriptor = descriptor
        isOwned = false
    }

    /// A source over a copy of `descriptor`, which reads on where that one stands, and whose end nobody else decides.
    package init(copying descriptor: Int32) throws(SystemCallError) {
        self.descriptor = try systemCall("fcntl") { clx_duplicate(descriptor) }
        isOwned = true
    }

    deinit {
        if isOwned { close(descriptor) }
    }

    package func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        try systemCall("read") { Glibc.read(descriptor, buffer.baseAddress, buffer.count) }
    }
}
