internal import DriverBenchmark

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
        let bare = first.samples.map { Self.text($0.median, first.unit) } ?? "-"
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
            return text(samples.median, result.unit) + spread
        }
        return decimal(ratio, ratio < 10 ? 2 : ratio < 100 ? 1 : 0) + "×" + spread
    }

    private static func text(_ value: Double, _ unit: String) -> String {
        switch unit {
        case "s":
            value >= 1
                ? decimal(value, 2) + " s"
                : value >= 1e-3 ? decimal(value * 1e3, 2) + " ms" : decimal(value * 1e6, 1) + " µs"
        case "bytes": humanSize(Int64(value))
        case "share": "\(Int((value * 100).rounded()))%"
        default: decimal(value, 0)
        }
    }

    private static func decimal(_ value: Double, _ digits: Int) -> String {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let whole = Int64((value * scale).rounded())
        if digits == 0 { return "\(whole)" }
        let text = String(repeating: "0", count: max(0, digits + 1 - "\(whole)".count)) + "\(whole)"
        return text.dropLast(digits) + "." + text.suffix(digits)
    }
}
