internal import Glibc
public import Host
public import SystemPackage

extension Files {
    /// What one file takes of the disk.
    public static func usage(of path: FilePath) throws(SystemCallError) -> SnapshotUsage {
        guard let status = status(path) else { throw SystemCallError("lstat", path) }
        // stat(3type): units of 512 bytes, whatever the file system's block size is.
        return SnapshotUsage(bytes: Int64(status.st_blocks) * 512, inodes: 1)
    }
}
