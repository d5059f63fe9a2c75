internal import CLinux
internal import Glibc
public import SystemPackage

/// Removes directory trees.
public enum TreeRemoval {
    /// Removes `path` and everything below it; a path that does not exist is no error.
    public static func remove(_ path: FilePath) throws(SystemCallError) {
        guard let status = Files.status(path) else { return }
        guard status.st_mode & S_IFMT == S_IFDIR else { return try Files.remove(path) }
        for name in try Files.list(path) { try remove(path.appending(FilePath(name).components)) }
        try Files.removeDirectory(path)
    }
}
