/// What came of one workload on one root.
public struct BenchmarkResult: Sendable, Codable, Equatable {
    /// The workload: "copy-up-1m".
    public let workload: String
    /// What it measures, with sizes, and what is synced.
    public let title: String
    /// What the values are: "s" for seconds, "bytes", "inodes", or "share" from 0 to 1.
    public let unit: String
    /// The driver's name, or "bare" for the backing file system without any driver.
    public let target: String
    /// The values; nil if it was not measured.
    public let samples: Samples?
    /// The median's ratio to the bare file system's; nil without one.
    public var ratio: Double?
    /// Why it was not measured.
    public let reason: String?
}
