internal import CLinux
internal import Glibc

/// The time of day (clock_gettime(2), CLOCK_REALTIME).
package enum WallClock {
    /// Nanoseconds since 1970.
    package static var now: Int64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    }
}
