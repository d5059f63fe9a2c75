internal import SystemPackage

extension MountEntry {
    /// Reads a line of mountinfo (proc_pid_mountinfo(5)), nil if it is none:
    /// `30 25 0:40 /root /target rw,nosuid shared:1 master:2 - type source rw,option`.
    init?(line: ArraySlice<UInt8>) {
        let fields = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        // Behind the sixth are optional fields, as many as there are; "-" ends them.
        guard fields.count > 9, let id = Int32(String(decoding: fields[0], as: UTF8.self)),
            let end = fields[6...].firstIndex(where: { $0.elementsEqual("-".utf8) }), end + 3 < fields.count
        else { return nil }
        self.id = id
        target = FilePath(bytes: Self.unescaped(fields[4]))
        type = String(decoding: Self.unescaped(fields[end + 1]), as: UTF8.self)
        fileSystemOptions = String(decoding: Self.unescaped(fields[end + 3]), as: UTF8.self)
    }

    /// The kernel writes a space, a tab, a newline, a backslash and "#" as a backslash and three octal digits
    /// (mangle_path in fs/seq_file.c).
    private static func unescaped(_ field: ArraySlice<UInt8>) -> [UInt8] {
        guard field.contains(UInt8(ascii: "\\")) else { return Array(field) }
        var bytes: [UInt8] = []
        var rest = field
        while let first = rest.popFirst() {
            let digits = rest.prefix(3)
            if first == UInt8(ascii: "\\"), digits.count == 3, digits.allSatisfy({ (0x30...0x37) ~= $0 }) {
                bytes.append(digits.reduce(0) { $0 << 3 | ($1 - 0x30) })
                rest = rest.dropFirst(3)
            } else {
                bytes.append(first)
            }
        }
        return bytes
    }
}
