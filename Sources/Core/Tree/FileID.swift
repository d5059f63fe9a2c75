package import CLinux
internal import Glibc
package import Host

/// What makes a file the same file whatever its name: its file system and inode number.
public struct FileID: Hashable, Sendable {
    let device: dev_t
    let inode: ino_t

    package init(device: dev_t, inode: ino_t) {
        self.device = device
        self.inode = inode
    }

    package init(_ status: stat) {
        device = status.st_dev
        inode = status.st_ino
    }

    /// The identity of an open file.
    package init(of file: Int32) throws(SystemCallError) {
        self.init(try stat(of: file))
    }
}

extension stat {
    /// fstat(2).
    package init(of file: Int32) throws(SystemCallError) {
        self.init()
        var status = stat()
        try systemCall("fstat") { fstat(file, &status) }
        self = status
    }

    /// fstatat(2) of the entry itself, not of what it may point to.
    package init(of name: EntryName, in directory: Int32) throws(SystemCallError) {
        self.init()
        var status = stat()
        try systemCall("fstatat") { fstatat(directory, name.bytes, &status, AT_SYMLINK_NOFOLLOW) }
        self = status
    }
}
