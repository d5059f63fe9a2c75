internal import CLinux
internal import Glibc
package import Host
internal import SystemPackage

/// Opens directory entries without ever getting into something that is mounted on them.
///
/// openat2(2) tells with EXDEV (RESOLVE_NO_XDEV, Linux 5.6; bind mounts of the same file system included).
/// Where the kernel lacks it or a sandbox forbids it, the mount's number in /proc/self/fdinfo (proc(5)) does.
/// `st_dev` does not: it misses bind mounts and takes the subvolumes of btrfs for mounts.
package struct MountBoundary {
    private var hasOpenAt2: Bool

    package init(usingOpenAt2: Bool = true) {
        hasOpenAt2 = usingOpenAt2
    }

    /// Opens `name` in `directory`, not following it if it is a symbolic link.
    ///
    /// - Throws: ``SystemCallError``: EXDEV if something is mounted on it, ELOOP if it is a link (ENOTDIR with
    ///   O_DIRECTORY).
    package mutating func open(
        _ name: EntryName, in directory: Int32, _ flags: Int32
    ) throws(SystemCallError) -> Descriptor {
        let flags = flags | O_NOFOLLOW | O_CLOEXEC
        if hasOpenAt2 {
            do throws(SystemCallError) {
                return Descriptor(
                    owning: try systemCall("openat2") { clx_openat_same_mount(directory, name.bytes, flags) })
            } catch  where error.errno == .noFunction || error.errno == .notPermitted {
                hasOpenAt2 = false
            }
        }
        let file = try Self.cross(name, in: directory, flags)
        guard try Self.mount(of: file.rawValue) == Self.mount(of: directory) else {
            throw SystemCallError("open", errno: .improperLink)
        }
        return file
    }

    /// Opens `name` in `directory`, whatever is mounted on it, but not through a symbolic link.
    static func cross(
        _ name: EntryName, in directory: Int32, _ flags: Int32
    ) throws(SystemCallError) -> Descriptor {
        Descriptor(
            owning: try systemCall("open") {
                clx_openat(directory, name.bytes, flags | O_NOFOLLOW | O_CLOEXEC, 0)
            })
    }

    /// The line "mnt_id:" of an open file.
    private static func mount(of file: Int32) throws(SystemCallError) -> Substring? {
        let lines = try Files.read(FilePath("/proc/self/fdinfo/\(file)")).utf8.split(
            separator: UInt8(ascii: "\n"))
        return lines.first { $0.starts(with: "mnt_id:".utf8) }.map(Substring.init)
    }
}

extension Descriptor {
    /// The directory above an open directory; nil if it is not `expected` (any more).
    ///
    /// The walks of this package go up like this, so that however deep a tree is, one directory is open.
    package static func parent(of directory: Int32, expected: FileID) throws(SystemCallError) -> Descriptor? {
        let parent = Descriptor(
            owning: try systemCall("open") {
                clx_openat(directory, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
            })
        guard try FileID(of: parent.rawValue) == expected else { return nil }
        return parent
    }
}
