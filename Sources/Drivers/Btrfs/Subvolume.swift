internal import CLinux
internal import DriverKit
internal import Glibc
internal import SystemPackage

/// An open subvolume.
struct Subvolume: ~Copyable {
    let directory: Descriptor
    let path: FilePath
    let information: clx_btrfs_subvolume

    /// The root directory of every subvolume has this inode number (BTRFS_FIRST_FREE_OBJECTID).
    static let rootInode: UInt64 = 256

    /// The subvolume at `path`; nil if there is none: nothing, a plain directory, or another file system.
    init?(_ path: FilePath) throws(SystemCallError) {
        let directory: Descriptor
        do throws(SystemCallError) {
            directory = try Descriptor(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        } catch {
            switch error.errno {
            case .noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels: return nil
            default: throw error
            }
        }
        var status = stat()
        let number = directory.rawValue
        try callBtrfs("fstat", path) { fstat(number, &status) }
        guard status.st_ino == Self.rootInode, try FileSystemType(of: number, path).isBtrfs else {
            return nil
        }
        try self.init(directory, path)
    }

    /// The subvolume at `path`.
    init(existing path: FilePath) throws(SystemCallError) {
        try self.init(Descriptor(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), path)
    }

    init(_ directory: consuming Descriptor, _ path: FilePath) throws(SystemCallError) {
        let number = directory.rawValue
        var information = clx_btrfs_subvolume()
        try callBtrfs("ask for the subvolume", path) { clx_btrfs_subvolume(number, &information) }
        self.directory = directory
        self.path = path
        self.information = information
    }

    /// Makes an empty one: 0755 0:0, whatever the umask and the directory above say.
    static func make(at path: FilePath) throws(SystemCallError) {
        let above = try directory(above: path)
        let (number, name) = (above.rawValue, name(path))
        try callBtrfs("make the subvolume", path) { clx_btrfs_create(number, name) }
        let made = try Descriptor(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        let root = made.rawValue
        try callBtrfs("chown", path) { fchown(root, 0, 0) }
        try callBtrfs("chmod", path) { fchmod(root, 0o755) }
    }

    /// Makes a writable snapshot.
    ///
    /// The kernel commits its transaction for it, with what is written of the source still in memory.
    static func snapshot(of source: borrowing Subvolume, at path: FilePath) throws(SystemCallError) {
        let above = try directory(above: path)
        let (number, name, from) = (above.rawValue, name(path), source.directory.rawValue)
        try callBtrfs("make the snapshot", path) { clx_btrfs_snapshot(number, name, from) }
    }

    static func directory(above path: FilePath) throws(SystemCallError) -> Descriptor {
        try Descriptor(path.removingLastComponent(), O_RDONLY | O_DIRECTORY)
    }

    static func name(_ path: FilePath) -> String { path.lastComponent?.string ?? "" }

    /// Does nothing if it is so already.
    func setReadOnly(_ isReadOnly: Bool) throws(SystemCallError) {
        let number = directory.rawValue
        try callBtrfs(isReadOnly ? "make read-only" : "make writable", path) {
            clx_btrfs_set_read_only(number, isReadOnly ? 1 : 0)
        }
    }

    /// Brings everything that was written into the trees.
    func sync() throws(SystemCallError) {
        let number = directory.rawValue
        try callBtrfs("syncfs", path) { clx_syncfs(number) }
    }
}
