internal import Core
internal import Glibc

/// Writes what containers have said to where they said it: the standard output, or the standard error.
struct LogOutput {
    private let showsTimes: Bool
    /// What is to be written next, all of it to one stream.
    private var pending: [UInt8] = []
    private var stream = ContainerLogStream.stdout
    /// The streams in which the next text begins a line.
    private var atBeginning: Set<ContainerLogStream> = [.stdout, .stderr]

    private static let enough = 64 << 10

    init(showsTimes: Bool) {
        self.showsTimes = showsTimes
    }

    /// Writes it, with the next ``flush()`` at the latest.
    ///
    /// - Throws: ``SystemCallError``.
    mutating func write(_ entry: ContainerLogEntry) throws {
        // What is said on one stream after the other appears in that order.
        if entry.stream != stream || pending.count > Self.enough { try flush() }
        stream = entry.stream
        if showsTimes, atBeginning.contains(stream) {
            pending += Array("\(entry.timeText) ".utf8)
        }
        pending += entry.text
        if entry.text.last == UInt8(ascii: "\n") {
            atBeginning.insert(stream)
        } else {
            atBeginning.remove(stream)
        }
    }

    /// Writes what is pending.
    ///
    /// - Throws: ``SystemCallError``.
    mutating func flush() throws {
        var done = 0
        while done < pending.count {
            let count = pending[done...].withUnsafeBytes {
                Glibc.write(stream == .stdout ? STDOUT_FILENO : STDERR_FILENO, $0.baseAddress, $0.count)
            }
            if count >= 0 {
                done += count
            } else if errno != EINTR {
                throw SystemCallError(
                    "write", stream == .stdout ? "the standard output" : "the standard error")
            }
        }
        pending.removeAll(keepingCapacity: true)
    }
}
