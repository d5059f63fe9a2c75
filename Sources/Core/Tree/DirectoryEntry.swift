internal import CLinux
internal import Glibc
package import Host

/// An entry of a directory.
package struct DirectoryEntry {
    package let name: EntryName
    /// S_IFREG, S_IFDIR and so on: what it was when the directory was read.
    let type: mode_t

    /// Everything in an open directory but "." and "..", in no order.
    ///
    /// Reads the whole directory before anything of it is touched, because POSIX leaves open what a reader
    /// sees of changes meanwhile. The type comes with the name where the file system has it (`d_type` in
    /// readdir(3)), else from fstatat(2).
    ///
    /// - Parameter enough: stops where it has found more than so many.
    package static func all(
        in directory: Int32, orMoreThan enough: Int = .max
    ) throws(SystemCallError) -> [DirectoryEntry] {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 32 << 10, alignment: 8)
        defer { buffer.deallocate() }
        var entries: [DirectoryEntry] = []
        while entries.count <= enough {
            let size = try systemCall("getdents64") {
                clx_getdents64(directory, buffer.baseAddress, buffer.count)
            }
            if size == 0 { return entries }
            var records = UnsafeRawBufferPointer(rebasing: buffer[..<size])
            while !records.isEmpty {
                let length = Int(records.loadUnaligned(fromByteOffset: Field.length, as: UInt16.self))
                let type = mode_t(records[Field.type]) << typeShift
                let field = records[Field.name..<length].prefix { $0 != 0 }
                if !field.elementsEqual(".".utf8), !field.elementsEqual("..".utf8) {
                    let name = EntryName(field.lazy.map(CChar.init(bitPattern:)))
                    let isKnown = type != mode_t(DT_UNKNOWN)
                    let actual = isKnown ? type : try stat(of: name, in: directory).type
                    entries.append(DirectoryEntry(name: name, type: actual))
                }
                records = UnsafeRawBufferPointer(rebasing: records[length...])
            }
        }
        return entries
    }

    /// DTTOIF of dirent.h, a macro: a `d_type` is the type's bits of `st_mode`, moved here.
    private static let typeShift = mode_t((S_IFMT as mode_t).trailingZeroBitCount)

    /// Where the fields are; `struct dirent` and the kernel's `linux_dirent64` are the same (getdents(2)).
    private enum Field {
        static let length = MemoryLayout<dirent>.offset(of: \.d_reclen) ?? 16
        static let type = MemoryLayout<dirent>.offset(of: \.d_type) ?? 18
        static let name = MemoryLayout<dirent>.offset(of: \.d_name) ?? 19
    }
}
