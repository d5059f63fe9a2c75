internal import Core
internal import Glibc

/// The standard output, of which nothing is lost in silence: what cannot be written is an error at the end.
///
/// For lists and messages: archives are written by who makes them, with errors of their own.
struct StandardOutput {
    private var pending: [UInt8] = []
    private var failure: SystemCallError?

    /// Filled by ``printLine(_:terminator:)`` in the process's only thread that prints.
    nonisolated(unsafe) static var shared = StandardOutput()

    private static let capacity = 1 << 16

    /// On a terminal every line is there when it is written.
    private let isTerminal = isatty(STDOUT_FILENO) != 0

    mutating func write(_ bytes: some Sequence<UInt8>) {
        pending += bytes
        if isTerminal || pending.count >= Self.capacity { flush() }
    }

    /// Writes what is pending; after a failure nothing more.
    mutating func flush() {
        var done = 0
        while failure == nil, done < pending.count {
            let count = pending[done...].withUnsafeBytes {
                Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count)
            }
            if count >= 0 {
                done += count
            } else if errno != EINTR {
                failure = SystemCallError("write", "the standard output")
            }
        }
        pending = []
    }

    /// True if nobody gets what is written.
    var hasFailed: Bool { failure != nil }

    /// Writes the rest.
    ///
    /// - Throws: why something that was printed is lost.
    mutating func end() throws(SystemCallError) {
        flush()
        if let failure { throw failure }
    }
}

/// Prints a line to ``StandardOutput``; Swift's own `print` keeps its failures to itself.
func printLine(_ text: String = "", terminator: String = "\n") {
    StandardOutput.shared.write((text + terminator).utf8)
}
