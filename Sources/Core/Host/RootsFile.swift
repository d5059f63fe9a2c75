internal import CLinux
internal import Glibc
package import SystemPackage

/// A program that nobody but root can change or exchange: it belongs to root and only root may write to it, and to every
/// directory on the way to it.
package struct RootsFile: ~Copyable {
    /// What it was asked for by.
    package let path: FilePath
    /// The open file (O_PATH): what was looked at is what is executed.
    package let file: Descriptor
    /// What changes with the file: device, inode, size, and the times of the last changes.
    package let identity: String

    /// Why a file is not one: "belongs to user 1000".
    package struct Refusal: Error, Equatable {
        package let path: FilePath
        package let reason: String
    }

    /// Opens an absolute path.
    ///
    /// - Parameter following: false to refuse a link at its end.
    package init(_ path: FilePath, following: Bool) throws(Refusal) {
        guard path.isAbsolute else { throw Refusal(path: path, reason: "is not an absolute path") }
        let file: Descriptor
        do throws(SystemCallError) {
            file = try Descriptor(path, clx_O_PATH | (following ? 0 : O_NOFOLLOW))
        } catch { throw Refusal(path: path, reason: "cannot be opened: \(error.errno)") }
        var status = stat()
        guard fstat(file.rawValue, &status) == 0 else {
            throw Refusal(path: path, reason: "cannot be looked at: \(Errno.current)")
        }
        guard status.st_mode & S_IFMT != S_IFLNK else { throw Refusal(path: path, reason: "is a link") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw Refusal(path: path, reason: "is no file") }
        try Self.check(status, path)
        guard status.st_mode & 0o111 != 0 else { throw Refusal(path: path, reason: "is not executable") }
        // As it was written, and where its links lead.
        try Self.checkDirectories(above: path)
        if let real = try? Files.readLink(FilePath("/proc/self/fd/\(file.rawValue)")), real != path.string {
            try Self.checkDirectories(above: FilePath(real))
        }
        self.path = path
        self.file = file
        identity =
            "\(status.st_dev):\(status.st_ino) \(status.st_size) "
            + "\(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec) \(status.st_ctim.tv_sec).\(status.st_ctim.tv_nsec)"
    }

    private static func checkDirectories(above path: FilePath) throws(Refusal) {
        var directory = path
        while directory.removeLastComponent(), !directory.isEmpty {
            guard let status = Files.status(directory) else {
                throw Refusal(path: directory, reason: "cannot be looked at: \(Errno.current)")
            }
            try check(status, directory)
        }
    }

    /// What the kernel shows for whom it does not know (/proc/sys/kernel/overflowuid).
    private static let nobody: UInt32 = 65534

    private static func check(_ status: stat, _ path: FilePath) throws(Refusal) {
        // The host's root is nobody in a user namespace; the user, who is root there, is no enemy.
        guard status.st_uid == 0 || ProcessRights.areLimited && status.st_uid == nobody else {
            throw Refusal(path: path, reason: "belongs to user \(status.st_uid), not to root")
        }
        // A link has no rights of its own.
        guard status.st_mode & S_IFMT == S_IFLNK || status.st_mode & 0o022 == 0 else {
            throw Refusal(path: path, reason: "can be written to by others than root")
        }
    }
}
