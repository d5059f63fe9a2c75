internal import Glibc
internal import Host
internal import SystemPackage
internal import Tree

/// The end of a line that a process was killed over, or that a machine lost its power over.
enum TornLine {
    /// Cuts it off.
    ///
    /// - Returns: the size of the file then.
    /// - Throws: ``SystemCallError``; EINVAL if it is no file.
    static func cutOff(_ file: borrowing Descriptor) throws(SystemCallError) -> Int64 {
        let number = file.rawValue
        let status = try stat(of: number)
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw SystemCallError("open", ContainerLog.fileName, errno: .invalidArgument)
        }
        var lines = LinesFromEnd(of: number, size: Int64(status.st_size))
        let end = try lines.next() ?? 0
        if end < Int64(status.st_size) {
            try systemCall("ftruncate", ContainerLog.fileName) { ftruncate(number, off_t(end)) }
        }
        return end
    }
}
