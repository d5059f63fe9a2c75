internal import CLinux
internal import Glibc
public import Host
internal import SystemPackage

/// Where the data of a file lies between its holes (lseek(2), "Seeking file data and holes").
public enum SparseFile {
    /// The next part of an open file's first `size` bytes that is not a hole; nil if there is none.
    ///
    /// - Throws: ``SystemCallError``.
    public static func nextData(
        of file: Int32, from offset: Int64, size: Int64
    ) throws(SystemCallError) -> Range<Int64>? {
        guard offset < size else { return nil }
        do throws(SystemCallError) {
            let start = try systemCall("lseek") { lseek(file, off_t(offset), clx_SEEK_DATA) }
            if start >= size { return nil }
            // There always is a hole at the end of a file (lseek(2)).
            let end = try systemCall("lseek") { lseek(file, start, clx_SEEK_HOLE) }
            return Int64(start)..<min(Int64(end), size)
        } catch {
            switch error.errno.rawValue {
            case ENXIO: return nil
            // A file system that knows of no holes.
            case EINVAL, EOPNOTSUPP: return offset..<size
            default: throw error
            }
        }
    }
}
