/// What came of one workload on one root: one measure of it, if it has several.
public struct BenchmarkResult: Sendable, Codable, Equatable {
    /// The workload: "copy-up-1m", or the name of a command of the user's.
    public let workload: String
    /// What it measures, with sizes, and what is synced; or the command.
    public let title: String
    /// What the values are: "s" for seconds, "bytes", "inodes", "files", "per s", "copies", "share" from 0 to 1; "" for what
    /// was read from a command's output.
    public let unit: String
    /// The driver's name, or "bare" for the backing file system without any driver.
    public let target: String
    /// Which of a workload's measures it is: "wall", "memory", or the name of a metric; nil for the only one.
    public var measure: String?
    /// The type of the file system below, if it was made for the purpose; nil for the store's own.
    public var backing: String?
    /// Which values are better; nil where less is.
    public var better: Better?
    /// The values; nil if it was not measured.
    public let samples: Samples?
    /// The median's ratio to the bare file system's; nil without one.
    public var ratio: Double?
    /// How likely values so different from the bare file system's are by chance alone (``RankTest``); nil without any.
    public var p: Double?
    /// How often the command or its check failed, so that the values do not count; nil for never.
    public var dropped: Int?
    /// Why it was not measured; or the last failure of those that do not count.
    public var reason: String?

    /// Which values are better.
    public enum Better: String, Sendable, Codable {
        /// Less of it: of time, of memory.
        case less
        /// More of it: of operations per second.
        case more
    }

    /// True if its command, or the check of it, failed at least once.
    public var hasFailed: Bool { (dropped ?? 0) > 0 }

    /// True for the name of a measure that is read from a command's output.
    public static func isMetric(_ measure: String) -> Bool { !Measure.names.contains(measure) }

    /// True if the difference to the bare file system is more than noise; nil if that cannot be told.
    public var isSignificant: Bool? { p.map { $0 < RankTest.level } }

    /// What is said of something that was not measured at all.
    public static func notMeasured(_ workload: String, _ target: String, reason: String) -> BenchmarkResult {
        BenchmarkResult(
            workload: workload, title: workload, unit: "s", target: target, samples: nil, reason: reason)
    }
}
