internal import Glibc
internal import Host
internal import SystemPackage
internal import Tree

/// A file of a log that is open for reading, whatever it is called by now.
final class OpenLogFile {
    private let descriptor: Descriptor
    /// Which file it is, as long as it is open.
    let id: FileID
    /// When something was written to it for the last time, in nanoseconds since 1970, and its size; both at its opening.
    let modified: Int64
    let size: Int64
    /// The place of the next line to be read.
    var place: Int64 = 0
    /// Lines that begin here or behind are not read.
    var end = Int64.max

    private var buffer: [UInt8] = []
    /// What of the buffer has been read from the file and not been given yet.
    private var unread = 0..<0
    private var capacity = smallest
    /// True if the next end of a line is one of a line that is too long to be of a log.
    private var isInGarbage = false

    private static let smallest = 64 << 10
    /// No line of a log is longer: `LogLineCutter.longest` bytes of control characters and what is around them.
    private static let largest = 256 << 10

    /// Opens one of the files; nil if there is none.
    ///
    /// - Throws: ``SystemCallError``; EINVAL if it is something else.
    init?(_ name: String, in directory: borrowing Descriptor) throws(SystemCallError) {
        do {
            // Whatever is there instead of a file is not waited for.
            descriptor = try Descriptor(
                FilePath(name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK, at: directory.rawValue)
        } catch {
            if error.errno == .noSuchFileOrDirectory { return nil }
            throw error
        }
        let status = try stat(of: descriptor.rawValue)
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw SystemCallError("open", name, errno: .invalidArgument)
        }
        id = FileID(status)
        modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
        size = Int64(status.st_size)
    }

    /// The next line, without its end; nil if there is no whole one yet.
    ///
    /// - Throws: ``SystemCallError``.
    func nextLine() throws(SystemCallError) -> ArraySlice<UInt8>? {
        while place < end {
            if let newline = buffer[unread].firstIndex(of: UInt8(ascii: "\n")) {
                let line = buffer[unread.lowerBound..<newline]
                unread = newline + 1..<unread.upperBound
                place += Int64(line.count) + 1
                if !isInGarbage { return line }
                isInGarbage = false
                continue
            }
            // From the beginning of the line again: what there was of it may have been taken back.
            try FileRange.read(descriptor.rawValue, from: place, count: capacity, into: &buffer)
            unread = 0..<buffer.count
            if buffer.contains(UInt8(ascii: "\n")) { continue }
            if buffer.count < capacity {
                unread = 0..<0
                return nil
            }
            if capacity < Self.largest {
                capacity = Self.largest
            } else {
                place += Int64(buffer.count)
                isInGarbage = true
            }
            unread = 0..<0
        }
        return nil
    }

    /// Where the last `count` lines begin, and how many of them there are.
    ///
    /// - Throws: ``SystemCallError``.
    func beginning(ofLast count: Int) throws(SystemCallError) -> (place: Int64, count: Int) {
        var ends = LinesFromEnd(of: descriptor.rawValue, size: size)
        var found = 0
        // The end of a line is where the next one begins.
        var beginning = try ends.next() ?? 0
        if beginning == 0 { return (0, 0) }
        while found < count {
            found += 1
            guard let place = try ends.next() else { return (0, found) }
            beginning = place
        }
        return (beginning, found)
    }
}
