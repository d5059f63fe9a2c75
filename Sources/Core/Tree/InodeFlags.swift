internal import CLinux
internal import Glibc
internal import Host
internal import SystemPackage

/// The flags of an inode that chattr(1) shows (ioctl_iflags(2)).
enum InodeFlags {
    /// Takes the flags away that forbid the removal of an open file and of its entries: immutable, append-only.
    ///
    /// - Returns: whether there were any; a file system without flags has none.
    static func allowRemoval(of file: Int32) throws(SystemCallError) -> Bool {
        var flags: Int32 = 0
        do throws(SystemCallError) {
            try systemCall("FS_IOC_GETFLAGS") { clx_get_inode_flags(file, &flags) }
        } catch {
            switch error.errno.rawValue {
            case ENOTTY, EOPNOTSUPP, ENOSYS: return false
            default: throw error
            }
        }
        let forbidding = clx_FS_IMMUTABLE_FL | clx_FS_APPEND_FL
        guard flags & forbidding != 0 else { return false }
        try systemCall("FS_IOC_SETFLAGS") { clx_set_inode_flags(file, flags & ~forbidding) }
        return true
    }
}
