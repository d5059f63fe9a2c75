internal import Glibc
internal import Host
internal import SystemPackage

/// The files of a log, for the one who writes it.
///
/// Lines are gathered and appended, whole ones alone, with one write(2); a line that does not fit into the file goes to
/// the next one. Nothing that fails here is an error of the container's: what cannot be written is counted, and a
/// line tells of it when there is room again.
struct LogFile: ~Copyable {
    private let directory: Descriptor
    private let options: ContainerLogOptions
    /// The file that is being written; -1 if it could not be opened yet.
    private var file: Int32 = -1
    private var size: Int64 = 0
    private var clock = LogTime()

    /// What has been gathered, and how many lines of the container's that are.
    private var gathered: [UInt8] = []
    private var lines = 0
    /// How many lines are lost, and why the last one is; and whether what has been gathered begins with a line about it.
    private var lost = 0
    private var reason = Errno.noSpace
    private var tellsOfLoss = false

    /// So much is gathered at most, and what is on its way to the file is not much longer.
    private static let enough = 16 << 10

    /// Goes on with the log in this directory, or begins it.
    ///
    /// - Throws: ``SystemCallError``, but not where there is merely no room yet.
    static func open(
        in directory: FilePath, _ options: ContainerLogOptions
    ) throws(SystemCallError) -> LogFile {
        var log = LogFile(
            directory: try Descriptor(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW), options: options)
        if let error = log.open(), error != .noSpace, error != .diskQuotaExceeded {
            throw SystemCallError("open", ContainerLog.path(in: directory), errno: error)
        }
        return log
    }

    private init(directory: consuming Descriptor, options: ContainerLogOptions) {
        self.directory = directory
        self.options = options
    }

    deinit {
        if file >= 0 { close(file) }
    }

    /// Adds a line; it is written with the next ``flush()`` at the latest.
    mutating func add(_ line: LogLine) {
        if lost > 0, !tellsOfLoss {
            // It is the first of what is gathered then.
            flush()
            tellsOfLoss = true
            let lines = lost == 1 ? "line of this log is" : "lines of this log are"
            Array("mydocker: \(lost) \(lines) lost: \(reason)".utf8).withUnsafeBytes {
                append(LogLine(text: $0, isWhole: true, stream: .stderr, time: line.time))
            }
        }
        append(line, count: 1)
        if gathered.count >= Self.enough { flush() }
    }

    /// Gathers a line that stands for `count` of the container's.
    private mutating func append(_ line: LogLine, count: Int = 0) {
        let start = gathered.count
        if options.driver == .k8sFile {
            line.appendText(to: &gathered, &clock)
        } else {
            line.appendJSON(to: &gathered, &clock)
        }
        var failure: Errno?
        if let bound = options.maxSize, size + Int64(gathered.count) > bound, size + Int64(start) > 0 {
            let last = Array(gathered[start...])
            gathered.removeLast(last.count)
            flush()
            gathered = last
            // What was lost has left its room.
            if size + Int64(last.count) > bound, size > 0 { failure = rotate() }
        }
        lines += count
        if let failure { fail(failure, keeping: 0) }
    }

    /// Writes what has been gathered.
    mutating func flush() {
        guard !gathered.isEmpty else { return }
        if file < 0, let error = open() { return fail(error, keeping: 0) }
        var written = 0
        while written < gathered.count {
            let count = gathered.withUnsafeBytes {
                write(file, $0.baseAddress.map { $0 + written }, $0.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            written += count
        }
        guard written < gathered.count else {
            size += Int64(written)
            if tellsOfLoss { lost = 0 }
            return forget()
        }
        let error = Errno.current
        // Whole lines stay; but not what tells of lines that are lost, if that was not all of it.
        let kept =
            tellsOfLoss ? 0 : gathered[..<written].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        var status = stat()
        if fstat(file, &status) == 0 {
            size = max(0, Int64(status.st_size) - Int64(written - kept))
            // If even that fails, whoever opens the file the next time cuts the rest off.
            if ftruncate(file, off_t(size)) != 0 {
                close(file)
                file = -1
            }
        }
        fail(error, keeping: kept)
    }

    /// Gives up what has been gathered, behind the first `kept` bytes.
    private mutating func fail(_ error: Errno, keeping kept: Int) {
        let keptLines = gathered[..<kept].reduce(0) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) }
        lost += lines - keptLines
        reason = error
        forget()
    }

    private mutating func forget() {
        gathered.removeAll(keepingCapacity: gathered.count <= 2 * Self.enough)
        lines = 0
        tellsOfLoss = false
    }

    /// Opens the newest file, and cuts off a line that was not finished: nobody else writes here.
    private mutating func open() -> Errno? {
        do throws(SystemCallError) {
            let opened = try Descriptor(
                FilePath(ContainerLog.fileName), O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK,
                mode: 0o640,
                at: directory.rawValue)
            size = try TornLine.cutOff(opened)
            file = opened.take()
            return nil
        } catch {
            return error.errno
        }
    }

    /// Begins a new file, and lets go of the oldest if there are too many.
    private mutating func rotate() -> Errno? {
        let names = (0..<options.maxFiles).map(ContainerLog.name)
        // As far as there is none, be it that there are few yet, or that a rotation was interrupted.
        let oldest = names.firstIndex { faccessat(directory.rawValue, $0, F_OK, 0) != 0 }
        for age in stride(from: oldest ?? names.count - 1, to: 0, by: -1) {
            guard renameat(directory.rawValue, names[age - 1], directory.rawValue, names[age]) == 0 else {
                return .current
            }
        }
        // Whoever reads the only file keeps it until it has read it.
        if names.count == 1, unlinkat(directory.rawValue, names[0], 0) != 0, errno != ENOENT {
            return .current
        }
        if file >= 0 { close(file) }
        file = -1
        return open()
    }
}
