internal import CLinux
internal import Glibc
internal import SystemPackage

extension SnapshotDirectory {
    /// Makes the snapshot's directory and its layer directory, whose mode and owner are those of `parent`
    /// because a union shows the uppermost layer's.
    func create(on parent: FilePath?) throws(SystemCallError) {
        try Files.makeDirectory(path, mode: 0o700)
        guard let parent else { return try Files.makeDirectory(layer) }
        var status = stat()
        try systemCall("stat", parent) { stat($0, &status) }
        try Files.makeDirectory(layer, mode: status.st_mode & 0o7777)
        if status.st_uid != 0 || status.st_gid != 0 {
            try systemCall("chown", layer) { chown($0, status.st_uid, status.st_gid) }
            try systemCall("chmod", layer) { chmod($0, status.st_mode & 0o7777) }
        }
    }
}
