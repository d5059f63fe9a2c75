internal import CLinux
internal import DriverKit
internal import Glibc
internal import SystemPackage

/// What a directory lies on, in the words that users know.
struct FileSystemType: CustomStringConvertible {
    private let magic: UInt32

    /// Of the file system of `path` (statfs(2)).
    init(of path: FilePath) throws(SystemCallError) {
        let directory = try Descriptor(path, O_RDONLY | O_DIRECTORY)
        try self.init(of: directory.rawValue, path)
    }

    /// Of an open directory's file system.
    init(of directory: Int32, _ path: FilePath) throws(SystemCallError) {
        var status = statfs()
        try callBtrfs("statfs", path) { fstatfs(directory, &status) }
        magic = UInt32(truncatingIfNeeded: status.f_type)
    }

    var isBtrfs: Bool { magic == Self.btrfs }

    private static let btrfs = UInt32(BTRFS_SUPER_MAGIC)

    /// "ext4", or its number for one that few have a store on.
    var description: String {
        let names: [Int: String] = [
            Int(EXT4_SUPER_MAGIC): "ext4", Int(XFS_SUPER_MAGIC): "XFS", Int(TMPFS_MAGIC): "tmpfs",
            Int(F2FS_SUPER_MAGIC): "F2FS", Int(OVERLAYFS_SUPER_MAGIC): "overlay", Int(NFS_SUPER_MAGIC): "NFS",
            Int(FUSE_SUPER_MAGIC): "FUSE", 0x2fc1_2fc1: "ZFS",
        ]
        return names[Int(magic)] ?? "a file system of the type 0x\(String(magic, radix: 16))"
    }
}

/// Runs a call that returns -1 on failure, again as long as a signal interrupts it.
@discardableResult
func callBtrfs<Result: FixedWidthInteger>(
    _ name: String, _ path: FilePath, _ body: () -> Result
) throws(SystemCallError) -> Result {
    while true {
        let result = body()
        if result != -1 { return result }
        let reason = Errno.current
        if reason != .interrupted { throw SystemCallError(name, path, errno: reason) }
    }
}
