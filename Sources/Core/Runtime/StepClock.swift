internal import CLinux
internal import Glibc
package import Logging

/// Tells how long the steps of a run take, at the log level "trace"; at any other, no clock is read.
///
/// The times are of CLOCK_MONOTONIC, which both halves of mydocker share.
package struct StepClock {
    private let logger: Logger
    /// When the step before ended, in nanoseconds; nil if nobody wants to know.
    private var last: Int64?

    /// A clock that starts now.
    package init(_ logger: Logger) {
        self.logger = logger
        last = logger.logLevel == .trace ? Self.read(CLOCK_MONOTONIC) : nil
    }

    /// Tells of what was before this clock: the processor time of the process, which has done nothing else since its
    /// execve(2).
    package func tellStart(_ step: StaticString) {
        if last != nil { tell(step, Self.read(CLOCK_PROCESS_CPUTIME_ID)) }
    }

    /// Ends a step, which has begun where the one before ended.
    package mutating func end(_ step: StaticString) {
        guard let last else { return }
        let now = Self.read(CLOCK_MONOTONIC)
        tell(step, now - last)
        // Telling is no part of the next step.
        self.last = Self.read(CLOCK_MONOTONIC)
    }

    private func tell(_ step: StaticString, _ nanoseconds: Int64) {
        logger.trace("step", metadata: ["name": "\(step)", "microseconds": "\(nanoseconds / 1000)"])
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var now = timespec()
        clock_gettime(clock, &now)
        return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
    }
}
