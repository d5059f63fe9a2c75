internal import CLinux
internal import Glibc
internal import SystemPackage

/// Extended attributes (xattr(7)), of every namespace, POSIX ACLs and capabilities included.
struct ExtendedAttributes {
    private let list = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 1)
    private let value = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 1)

    /// Frees the buffers.
    func deallocate() {
        list.deallocate()
        value.deallocate()
    }

    /// Gives `target` every attribute of `source`.
    ///
    /// Neither path is followed if it is a link. Both are `/proc/self/fd/N` with a name behind it, so that there
    /// are no other links on the way.
    func copy(_ source: [UInt8], to target: [UInt8]) throws(SystemCallError) {
        // XATTR_LIST_MAX and XATTR_SIZE_MAX of linux/limits.h: no list and no value is larger than 64 KiB.
        let names = list.bindMemory(to: CChar.self)
        let count = source.withFileName { llistxattr($0, names.baseAddress, names.count) }
        if count < 0 {
            if Errno.current == .notSupported { return }
            throw SystemCallError("listxattr", FilePath(bytes: source))
        }
        var rest = names[..<count]
        while let end = rest.firstIndex(of: 0) {
            if let name = UnsafePointer(names.baseAddress.map { $0 + rest.startIndex }) {
                try copyValue(of: name, source, to: target)
            }
            rest = rest[(end + 1)...]
        }
    }

    private func copyValue(
        of name: UnsafePointer<CChar>, _ source: [UInt8], to target: [UInt8]
    ) throws(SystemCallError) {
        let size = source.withFileName { lgetxattr($0, name, value.baseAddress, value.count) }
        if size < 0 {
            if Errno.current == .noData { return }  // Removed since it was listed.
            throw SystemCallError("getxattr \(String(cString: name))", FilePath(bytes: source))
        }
        guard target.withFileName({ lsetxattr($0, name, value.baseAddress, size, 0) }) == 0 else {
            throw SystemCallError("setxattr \(String(cString: name))", FilePath(bytes: target))
        }
    }
}
