internal import Glibc
public import Host
public import SystemPackage

/// Reads the log of a container, from the oldest line on, while it is being written and its files take turns.
///
/// What is no line of a log is left out: the end of one that is just being written, and what others have put there.
public struct ContainerLogReader: ~Copyable {
    let directory: Descriptor
    let query: ContainerLogQuery
    /// The file that is being read, and those after it, as far as they are known.
    private var current: OpenLogFile?
    private var later: [OpenLogFile]
    /// True if nothing more is wanted.
    private(set) var isOver = false

    /// Opens the log in a container's directory; the directory may move from now on.
    ///
    /// - Throws: ``SystemCallError``; ENOENT if there is no log.
    public init(in directory: FilePath, _ query: ContainerLogQuery = .init()) throws(SystemCallError) {
        let opened = try Descriptor(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        var files = try LogFileSearch.all(in: opened)
        guard !files.isEmpty else {
            throw SystemCallError("open", ContainerLog.path(in: directory), errno: .noSuchFileOrDirectory)
        }
        if let since = query.since {
            // The clock that files are stamped by may be a little behind.
            let latest = max(since, .min + 1_000_000_000) - 1_000_000_000
            while let first = files.first, files.count > 1, first.modified < latest { files.removeFirst() }
        }
        if var missing = query.tail {
            for (index, file) in files.enumerated().reversed() {
                let (place, count) = try file.beginning(ofLast: missing)
                file.place = place
                missing -= count
                if missing <= 0 {
                    files.removeFirst(index)
                    break
                }
            }
        }
        // However fast more is written.
        if !query.follows { files.last?.end = files.last?.size ?? 0 }
        self.directory = opened
        self.query = query
        current = files.removeFirst()
        later = files
    }

    /// The next line that is wanted; nil if there is none now.
    ///
    /// - Throws: ``SystemCallError``.
    public mutating func next() throws(SystemCallError) -> ContainerLogEntry? {
        while !isOver, let file = current {
            while let line = try file.nextLine() {
                guard let entry = ContainerLogEntry(line) else { continue }
                if let until = query.until, entry.time > until {
                    isOver = true
                    return nil
                }
                if let since = query.since, entry.time < since { continue }
                return entry
            }
            if later.isEmpty {
                guard query.follows, let next = try LogFileSearch.next(after: file, in: directory) else {
                    return nil
                }
                // Something may have been written before the next one was begun; nothing is from now on.
                later.append(next)
            } else {
                current = later.removeFirst()
            }
        }
        return nil
    }
}
