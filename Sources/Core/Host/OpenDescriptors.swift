internal import CLinux
internal import Glibc
internal import SystemPackage

/// The descriptors that this process has open, whoever opened them.
package enum OpenDescriptors {
    /// Closes those from `first` to `last`: close_range(2), or one by one where the kernel lacks it (before Linux 5.9).
    ///
    /// - Throws: ``SystemCallError`` if it cannot be found out which there are.
    package static func close(from first: UInt32, to last: UInt32 = .max) throws(SystemCallError) {
        try forEach(from: first, to: last, flags: 0) { Glibc.close($0) }
    }

    /// Closes all but these and the standard streams.
    ///
    /// - Throws: as ``close(from:to:)``.
    package static func close(besides kept: [Int32]) throws(SystemCallError) {
        var first = UInt32(STDERR_FILENO) + 1
        for number in kept.filter({ $0 > STDERR_FILENO }).map(UInt32.init).sorted() {
            if number > first { try close(from: first, to: number - 1) }
            first = number + 1
        }
        try close(from: first)
    }

    /// Marks those from `first` on to be closed by execve(2).
    ///
    /// - Throws: ``SystemCallError`` if it cannot be found out which there are.
    package static func closeOnExecution(from first: UInt32) throws(SystemCallError) {
        try forEach(from: first, to: .max, flags: UInt32(CLOSE_RANGE_CLOEXEC)) {
            fcntl($0, F_SETFD, FD_CLOEXEC)
        }
    }

    private static func forEach(
        from first: UInt32, to last: UInt32, flags: UInt32, _ oneByOne: (Int32) -> Int32
    ) throws(SystemCallError) {
        do { try systemCall("close_range") { clx_close_range(first, last, flags) } } catch {
            guard [.noFunction, .invalidArgument].contains(error.errno) else { throw error }
            for name in try Files.list("/proc/self/fd") {
                guard let number = UInt32(name), (first...last).contains(number) else { continue }
                _ = oneByOne(Int32(bitPattern: number))
            }
        }
    }
}
