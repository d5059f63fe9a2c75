internal import CLinux
internal import Glibc
internal import Host
internal import SystemPackage

/// Directories held open while a mount call names them.
///
/// A file system's option string has its own rules for commas, colons and backslashes, and a length limit.
/// Where a path could run into either, the directory is handed over as `/proc/self/fd/N` (or as `N` with
/// that directory as the current one): at most 18 (or 5) bytes, nothing to escape.
struct DirectoryNames: ~Copyable {
    private var descriptors: [Int32] = []

    /// The longest path that is spelled out.
    ///
    /// fsconfig(2) refuses values of 256 bytes and more.
    static let longestPath = 200

    deinit {
        for descriptor in descriptors { close(descriptor) }
    }

    /// True if `path` can stand in any option string as it is.
    static func isPlain(_ path: FilePath) -> Bool {
        let text = path.string
        return text.utf8.count <= longestPath
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."),
                    UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "+"):
                    true
                default: false
                }
            }
    }

    /// The directory's number among this process's descriptors, open as long as this value lives.
    mutating func number(of path: FilePath) throws(SystemCallError) -> Int32 {
        let flags = clx_O_PATH | O_DIRECTORY | O_CLOEXEC
        let descriptor = try systemCall("open", path) { clx_openat(AT_FDCWD, $0, flags, 0) }
        descriptors.append(descriptor)
        return descriptor
    }

    /// The path itself where it is plain, else `/proc/self/fd/N`.
    mutating func name(of path: FilePath) throws(SystemCallError) -> String {
        Self.isPlain(path) ? path.string : "/proc/self/fd/\(try number(of: path))"
    }
}
