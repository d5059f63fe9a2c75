public import DriverBenchmark
public import DriverConformance

/// What a comparison came to: the JSON that `storage compare --json` writes.
public struct LabReport: Sendable, Codable {
    /// The form of this document.
    ///
    /// What is added to a form does not change its number.
    public var schema = "mydocker-compare/1"
    /// One for each kernel, in the order in which they were asked for.
    public var kernels: [KernelReport] = []

    /// A report without kernels.
    public init() {}
}

/// What came of one kernel.
public struct KernelReport: Sendable, Codable {
    /// A driver on this kernel.
    public struct Driver: Sendable, Codable {
        /// Its name.
        public let name: String
        /// Why it does not work; nil if it does.
        public let reason: String?
    }

    /// "host", or the file's name.
    public var name: String
    /// What uname(2) says: "6.1.0-50-cloud-amd64".
    public var release: String?
    /// How long it took, in seconds, from the start to the end of the machine.
    public var seconds: Int
    /// Why nothing came of it; nil if something did.
    public var problem: String?
    /// The last lines that it said, if nothing came of it.
    public var lastLines: [String] = []
    /// How its cgroups were laid out: "v1", "v2", "hybrid", or "host" for as they were.
    public var cgroups: String
    /// "applied", or why a container could not be limited.
    public var limits: String?
    /// The file system that drivers were tried on.
    public var fileSystem: String?
    /// The drivers: those that were asked for, or else all.
    public var drivers: [Driver] = []
    /// Those that were asked for and do not work there.
    public var missing: [String] = []
    /// The conformance kit's results.
    public var conformance: [ConformanceResult] = []
    /// The benchmark's results: only ratios to the same kernel's bare file system can be compared between kernels.
    public var benchmark: [BenchmarkResult] = []
}
