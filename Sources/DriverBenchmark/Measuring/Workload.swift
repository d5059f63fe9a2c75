/// One thing that is measured, on the bare file system and on every driver.
public struct Workload: Sendable {
    /// Its name: "copy-up-1m".
    public let id: String
    /// What is measured, with sizes, and what is synced.
    public let title: String
    /// What the values are: "s" for seconds, "bytes", "inodes", or "share" from 0 to 1.
    public let unit: String
    /// How often it is repeated at most: a slow one says less.
    let repetitions: Int
    /// False where a bare file system has nothing like it.
    let hasBare: Bool
    /// Measures once.
    ///
    /// - Throws: ``NotMeasured`` if that is not possible here.
    let measure: @Sendable (any BenchmarkRoot) throws -> Double

    init(
        _ id: String, _ title: String, unit: String = "s", repetitions: Int = .max, hasBare: Bool = true,
        _ measure: @escaping @Sendable (any BenchmarkRoot) throws -> Double
    ) {
        self.id = id
        self.title = title
        self.unit = unit
        self.repetitions = repetitions
        self.hasBare = hasBare
        self.measure = measure
    }
}

/// This machine or this driver cannot do it.
struct NotMeasured: Error {
    let reason: String
}

/// What is measured was tried, and failed.
struct CommandFailed: Error {
    let reason: String
}
