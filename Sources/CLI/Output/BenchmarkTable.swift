internal import DriverBenchmark
internal import DriverComparison

/// The table that `storage bench` prints: a line for each workload, a column for each driver.
struct BenchmarkTable {
    private let drivers: [String]
    private(set) var results: [BenchmarkResult] = []
    private var last: [BenchmarkResult] = []

    init(_ drivers: [String]) {
        self.drivers = drivers
    }

    mutating func add(_ line: [BenchmarkResult]) {
        results += line
        last = line
    }

    var header: String {
        "WORKLOAD".padded(18) + "BARE".padded(11) + drivers.map { $0.uppercased().padded(16) }.joined()
            + "WHAT"
    }

    var lastLine: String {
        guard let first = last.first else { return "" }
        let bare = first.samples.map { Quantity.text($0.median, first.unit) } ?? "-"
        return first.workload.padded(18) + bare.padded(11)
            + last.dropFirst().map { Self.cell($0).padded(16) }.joined() + first.title
    }

    /// What was not measured, and why.
    var remarks: String {
        ([
            "",
            "Ratios of medians to the bare file system of this machine; ± is the middle half of the values.",
        ]
            + results.filter { $0.target != "bare" }.compactMap { result in
                result.reason.map { "\(result.workload) \(result.target): \($0)" }
            }).joined(separator: "\n")
    }

    /// "1.25 ±3%"; without a bare value, the value itself.
    private static func cell(_ result: BenchmarkResult) -> String {
        guard let samples = result.samples else { return "-" }
        let spread = samples.values.count > 1 ? " ±\(Int((samples.spread * 100).rounded()))%" : ""
        guard let ratio = result.ratio, result.unit == "s" else {
            return Quantity.text(samples.median, result.unit) + spread
        }
        return Quantity.ratio(ratio) + spread
    }
}
