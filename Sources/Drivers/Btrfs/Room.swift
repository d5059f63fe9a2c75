internal import CLinux
internal import DriverKit
internal import Glibc
internal import SystemPackage

/// The room that comes back after a removal.
enum Room {
    /// Waits until the space of a destroyed subvolume is free, if there is hardly any: the kernel frees it when it gets to
    /// that, and who removes something from a full disk wants to write next.
    static func awaitIfShort(of id: UInt64, in path: FilePath) {
        guard let directory = try? Descriptor(path, O_RDONLY | O_DIRECTORY), isShort(directory.rawValue)
        else {
            return
        }
        let number = directory.rawValue
        // Ten seconds at most: another one may be removing much more.
        for _ in 0..<500 {
            clx_btrfs_sync(number)
            if (try? isThere(id, number, path)) != true {
                clx_btrfs_sync(number)
                return
            }
            usleep(20_000)
        }
    }

    /// Less than 64 MiB.
    private static func isShort(_ file: Int32) -> Bool {
        var status = statfs()
        guard fstatfs(file, &status) == 0 else { return false }
        return Int(status.f_bavail) * Int(status.f_bsize) < 64 << 20
    }

    /// Whether a subvolume is there still, if only to be removed.
    static func isThere(_ id: UInt64, _ file: Int32, _ path: FilePath) throws(SystemCallError) -> Bool {
        var isThere = false
        try TreeSearch(file, path).run(
            .roots, from: (id, TreeSearch.Kind.root, 0), through: (id, TreeSearch.Kind.root, .max)
        ) { _ throws(SystemCallError) in isThere = true }
        return isThere
    }
}
