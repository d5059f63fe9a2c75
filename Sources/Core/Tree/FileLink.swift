internal import Glibc
package import Host

/// Symbolic links in open directories.
package enum FileLink {
    /// What readlinkat(2) says.
    package static func target(of name: [UInt8], in directory: Int32) throws(SystemCallError) -> [UInt8] {
        // symlink(2): a target has less than PATH_MAX bytes.
        var target = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = try systemCall("readlink") {
            name.withFileName { readlinkat(directory, $0, &target, target.count) }
        }
        return target[..<count].map(UInt8.init(bitPattern:))
    }
}
