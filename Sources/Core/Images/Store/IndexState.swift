internal import CLinux
internal import Glibc
internal import Host
internal import SystemPackage

/// Which state of index.json, and of the list of blobs, something was read from: any change makes another one of it.
struct IndexState {
    /// One line of text.
    let text: String
    private let changed: (seconds: Int, nanoseconds: Int)

    /// The state of the layout; nil if it has no index.
    init?(of layout: ImageLayout) {
        var index = stat()
        var blobs = stat()
        guard lstat(layout.index.string, &index) == 0, lstat(layout.blobs.string, &blobs) == 0 else {
            return nil
        }
        let times = [index, blobs].map { ($0.st_ctim.tv_sec, $0.st_ctim.tv_nsec) }
        changed = times[0] > times[1] ? times[0] : times[1]
        text =
            "\(index.st_dev) \(index.st_ino) \(index.st_size) \(index.st_mtim.tv_sec).\(index.st_mtim.tv_nsec) "
            + "\(times[0].0).\(times[0].1) \(blobs.st_ino) \(times[1].0).\(times[1].1)"
    }

    /// True if every change from now on makes another state of it.
    ///
    /// A file system counts time in steps, and two changes may be in one. None from now on is in the step of the last
    /// one if a file that was written just now, there too, has a later time.
    func isOlder(than file: borrowing Descriptor) -> Bool {
        var status = stat()
        guard fstat(file.rawValue, &status) == 0 else { return false }
        return changed < (status.st_ctim.tv_sec, status.st_ctim.tv_nsec)
    }
}
