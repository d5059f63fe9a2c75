internal import DriverBenchmark

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
            return Column(head: measure.uppercased(), cells: cells)
        }
        let names = Column(head: "", cells: targets)
        var rest = columns[...]
        while !rest.isEmpty {
            var (width, taken) = (names.width, [names])
            while let next = rest.first, taken.count == 1 || width + next.width <= Self.width {
                width += next.width
                taken.append(next)
                rest.removeFirst()
            }
            for row in -1..<targets.count {
                var line = taken.map { ($0.row(row)).padded($0.width) }.joined()
                while line.hasSuffix(" ") { line.removeLast() }
                lines.append(line)
            }
        }
        for result in results {
            guard let reason = result.reason else { continue }
            let dropped = result.dropped.map { "\($0) did not count: " } ?? ""
            lines.append("  \(result.target): \(dropped)\(reason)")
        }
        return lines.map(\.printable).joined(separator: "\n")
    }

    static let remarks = """

        Medians; × is the ratio to the bare tree of this machine; ± is the middle half of the values.
        ~ is no more than noise: p is 0.05 or more in a Mann-Whitney U test, or there are too few values to tell.
        """

    private static let width = 100

    private struct Column {
        let head: String
        let cells: [String]

        var width: Int { ([head] + cells).map(\.count).max().map { $0 + 2 } ?? 0 }

        /// -1 is the head.
        func row(_ index: Int) -> String { index < 0 ? head : cells[index] }
    }

    private func cell(_ result: BenchmarkResult?) -> String {
        guard let result, let samples = result.samples else { return "-" }
        let spread = samples.values.count > 1 ? " ±\(Int((samples.spread * 100).rounded()))%" : ""
        guard result.target != "bare", let ratio = result.ratio, result.unit != "files" else {
            return Quantity.text(samples.median, result.unit) + (result.unit == "files" ? "" : spread)
        }
        return Quantity.ratio(ratio) + spread + (result.isSignificant == true ? "" : " ~")
    }
}
