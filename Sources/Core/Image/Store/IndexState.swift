internal import CLinux
internal import Glibc
internal import SystemPackage

/// Which state of index.json something was read from: any change makes another one of it.
struct IndexState {
    /// One line of text.
    let text: String
    private let changed: (seconds: Int, nanoseconds: Int)

    /// The state of the file; nil if there is none.
    init?(of index: FilePath) {
        var status = stat()
        guard lstat(index.string, &status) == 0 else { return nil }
        changed = (status.st_ctim.tv_sec, status.st_ctim.tv_nsec)
        text =
            "\(status.st_dev) \(status.st_ino) \(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec) "
            + "\(changed.seconds).\(changed.nanoseconds)"
    }

    /// True if every change of index.json from now on makes another state of it.
    ///
    /// A file system counts time in steps, and two changes may be in one. None from now on is in the step of the last
    /// one if a file that was written just now, there too, has a later time.
    func isOlder(than file: borrowing Descriptor) -> Bool {
        var status = stat()
        guard fstat(file.rawValue, &status) == 0 else { return false }
        return changed < (status.st_ctim.tv_sec, status.st_ctim.tv_nsec)
    }
}
