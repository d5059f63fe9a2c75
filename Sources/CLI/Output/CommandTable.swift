internal import DriverBenchmark
internal import DriverComparison

/// What `storage bench --image` prints of one command: a line for the bare tree and each driver, a column for each measure.
struct CommandTable {
    private let results: [BenchmarkResult]

    init(_ results: [BenchmarkResult]) {
        self.results = results
    }

    /// In lines of a hundred characters; what has no room goes into a second table.
    var text: String {
        guard let first = results.first else { return "" }
        var lines = ["", "\(first.workload): \(first.title)"]
        var targets: [String] = []
        for result in results where !targets.contains(result.target) { targets.append(result.target) }
        var measures: [String] = []
        for result in results {
            if let measure = result.measure, !measures.contains(measure) { measures.append(measure) }
        }
        let columns = measures.map { measure in
            let cells = targets.map { target in
                cell(results.first { $0.measure == measure && $0.target == target })
            }
            return FittedTable.Column(measure.uppercased(), cells)
        }
        lines += FittedTable([FittedTable.Column("", targets)], columns).lines
        for result in results {
            guard let reason = result.reason else { continue }
            let dropped = result.samples == nil ? "" : result.dropped.map { "\($0) did not count: " } ?? ""
            lines.append("  \(result.target): \(dropped)\(reason)")
        }
        return lines.map(\.printable).joined(separator: "\n")
    }

    static let remarks = """

        Medians; × is the ratio to the bare tree of this machine; ± is the middle half of the values.
        ~: no more than noise, p is 0.05 or more in a Mann-Whitney U test, or too few values to tell.
        """

    private func cell(_ result: BenchmarkResult?) -> String {
        guard let result, let samples = result.samples else { return "-" }
        let spread = samples.values.count > 1 ? " ±\(Int((samples.spread * 100).rounded()))%" : ""
        guard result.target != "bare", let ratio = result.ratio, Quantity.isComparable(result.unit) else {
            return Quantity.text(samples.median, result.unit)
                + (Quantity.isComparable(result.unit) ? spread : "")
        }
        return Quantity.ratio(ratio) + spread + (result.isSignificant == true ? "" : " ~")
    }
}
