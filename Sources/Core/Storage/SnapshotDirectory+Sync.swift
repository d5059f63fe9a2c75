internal import CLinux
internal import DriverKit
internal import Glibc
package import Host
package import SystemPackage

extension SnapshotDirectory {
    /// Writes everything on the file system of `path` to disk (syncfs(2)): one call, however many files.
    package static func sync(_ path: FilePath) throws(SystemCallError) {
        let root = try Descriptor(path, O_RDONLY | O_DIRECTORY)
        let number = root.rawValue
        try systemCall("syncfs", path.string) { clx_syncfs(number) }
    }

    /// Writes the names in a directory to disk (fsync(2)).
    package static func syncEntries(of path: FilePath) throws(SystemCallError) {
        let root = try Descriptor(path, O_RDONLY | O_DIRECTORY)
        let number = root.rawValue
        try systemCall("fsync", path.string) { fsync(number) }
    }
}
