internal import CLinux
internal import Glibc

/// Measures spans of time by the clock that nobody sets (clock_gettime(2), CLOCK_MONOTONIC).
enum Stopwatch {
    /// Now, in seconds since some moment.
    static func now() -> Double {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
    }

    /// How long `body` takes, in seconds.
    static func time(_ body: () throws -> Void) rethrows -> Double {
        let start = now()
        try body()
        return now() - start
    }
}
