internal import CLinux
internal import Glibc

/// What a user did to end the command, and when to stop asking it.
///
/// A process 1 ignores each signal that it has no handler for, so `run busybox sleep 100` would not be ended by Ctrl-C,
/// Ctrl-\ or SIGTERM: the third such signal within a moment ends it, as docker's client does. A terminal that is closed
/// (SIGHUP) gives the command a last moment. Started with SIGHUP ignored (nohup(1)), mydocker does not hear of it.
struct StopRequests {
    private static let most = 3
    private static let momentInMilliseconds = 5000
    private static let hangUpInMilliseconds = 10_000

    private var asked: [Int] = []
    private var hangUpEnds: Int?

    /// What has to be done now.
    enum Verdict {
        /// The command has ignored the third request.
        case ignored
        /// Its terminal has been closed, and it is still there.
        case hungUp
    }

    /// Notes a signal that the command gets.
    mutating func note(_ signal: Int32, at now: Int = Self.now) -> Verdict? {
        if signal == SIGHUP, hangUpEnds == nil { hangUpEnds = now + Self.hangUpInMilliseconds }
        guard [SIGINT, SIGQUIT, SIGTERM].contains(signal) else { return nil }
        asked = asked.filter { now - $0 < Self.momentInMilliseconds } + [now]
        return asked.count >= Self.most ? .ignored : nil
    }

    /// What the passing of time brings.
    func verdict(at now: Int = Self.now) -> Verdict? {
        hangUpEnds.map { $0 <= now } == true ? .hungUp : nil
    }

    /// How long poll(2) may wait, in milliseconds; -1 for ever.
    func patience(at now: Int = Self.now) -> Int32 {
        hangUpEnds.map { Int32(max(0, $0 - now)) } ?? -1
    }

    /// Milliseconds of the clock that only goes on.
    private static var now: Int {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    }
}
