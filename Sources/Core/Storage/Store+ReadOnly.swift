internal import CLinux
internal import Glibc
package import Host
package import SystemPackage

/// A store that is on a file system that is mounted read-only.
extension Store {
    /// Where such stores have what lives only as long as a process does.
    nonisolated(unsafe) package static var runtime: FilePath = "/run/mydocker"

    /// That place of the store at `root`; nil if `root` can be written to, or is not there.
    ///
    /// It is called by the directory's identity, as a path may lead elsewhere in another mount namespace.
    static func place(besides root: FilePath) -> FilePath? {
        // access(2): EROFS comes before the question who is asking.
        guard root.withPlatformString({ access($0, W_OK) }) != 0, Errno.current == .readOnlyFileSystem,
            let status = Files.status(root.appending("."))
        else { return nil }
        return runtime.appending("\(status.st_dev)-\(status.st_ino)")
    }

    /// True if nothing of it can be changed but what is in memory.
    package var isReadOnly: Bool { live != root }

    /// The store as it is on the disk, without what is in memory.
    package var onDisk: Store { Store(root: root, live: root, drivers: drivers) }

    /// Where containers are that run: on the disk too, if the file system has become read-only meanwhile.
    package var containerPlaces: [FilePath] {
        isReadOnly ? [containers, onDisk.containers].filter(Files.isDirectory) : [containers]
    }

    /// Where the names of containers are.
    package var namePlaces: [FilePath] {
        isReadOnly ? [names, onDisk.names].filter(Files.isDirectory) : [names]
    }

    /// - Throws: ``SystemCallError`` where nothing of the store can be changed.
    package func checkWritable() throws(SystemCallError) {
        if isReadOnly { throw SystemCallError("write to", root, errno: .readOnlyFileSystem) }
    }
}
