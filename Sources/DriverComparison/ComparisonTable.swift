public import DriverBenchmark

/// A report's measurements as one table: a row for each workload, kernel and file system below, a column for each driver.
public struct ComparisonTable: Sendable {
    /// What was measured in one place.
    public struct Row: Sendable {
        /// The workload's name.
        public let workload: String
        /// What it measures.
        public let title: String
        /// Which of its measures this is; nil for the only one.
        public let measure: String?
        /// True for the measure by which the workload is judged: the first that was read from its output, else how long it took.
        public let isHeadline: Bool
        /// The kernel's name.
        public let kernel: String
        /// The type of the file system below.
        public let backing: String
        /// The unit of the values (``BenchmarkResult/unit``).
        public let unit: String
        /// Which values are better.
        public let better: BenchmarkResult.Better
        /// The bare file system's values; nil without any.
        public let bare: Samples?
        /// One for each driver of ``ComparisonTable/drivers``; nil where it was not tried.
        public let cells: [Cell?]
    }

    /// What came of one driver there.
    public struct Cell: Sendable {
        /// The result.
        public let result: BenchmarkResult
        /// How many times as bad as the bare file system: 2 for twice the time or half the operations; nil if not comparable.
        public let cost: Double?
        /// True if it is the best of its row, or no worse than that by more than noise.
        public let isBest: Bool

        /// True if the difference to the bare file system is not known to be more than noise.
        public var isNoise: Bool { result.isSignificant != true }
    }

    /// The names of the drivers, in the order in which they were met.
    public let drivers: [String]
    /// The rows: workload by workload.
    public let rows: [Row]

    /// The table of a report.
    public init(_ report: ComparisonReport) {
        var drivers: [String] = []
        var groups: [Place: [BenchmarkResult]] = [:]
        var order: [Place] = []
        var workloads: [String] = []
        for (index, kernel) in report.kernels.enumerated() {
            for result in kernel.benchmark {
                if result.target != Self.bare, !drivers.contains(result.target) {
                    drivers.append(result.target)
                }
                if !workloads.contains(result.workload) { workloads.append(result.workload) }
                let place = Place(
                    workload: result.workload, measure: result.measure, kernel: index,
                    backing: result.backing)
                if groups[place] == nil { order.append(place) }
                groups[place, default: []].append(result)
            }
        }
        self.drivers = drivers
        rows = workloads.flatMap { workload -> [Row] in
            let places = order.filter { $0.workload == workload }
            var measures: [String?] = []
            for place in places where !measures.contains(place.measure) { measures.append(place.measure) }
            let headline =
                measures.first { $0.map(BenchmarkResult.isMetric) == true } ?? measures.first ?? nil
            return measures.flatMap { measure in
                places.filter { $0.measure == measure }.map { place in
                    let kernel = report.kernels[place.kernel]
                    return Self.row(
                        groups[place] ?? [], drivers, kernel: kernel.name,
                        backing: place.backing ?? kernel.fileSystem ?? "-", isHeadline: measure == headline)
                }
            }
        }
    }

    /// What the bare file system is called among the targets.
    static let bare = "bare"

    private struct Place: Hashable {
        let workload: String
        let measure: String?
        let kernel: Int
        let backing: String?
    }

    private static func row(
        _ results: [BenchmarkResult], _ drivers: [String], kernel: String, backing: String, isHeadline: Bool
    ) -> Row {
        // None of them is empty, or there would be no row.
        let first = results[0]
        let better = first.better ?? .less
        func cost(_ ratio: Double) -> Double? {
            better == .less ? ratio : ratio > 0 ? 1 / ratio : nil
        }
        let values = results.filter { $0.target != bare }.compactMap(\.samples)
        let best =
            better == .less
            ? values.min { $0.median < $1.median } : values.max { $0.median < $1.median }
        let cells = drivers.map { driver -> Cell? in
            guard let result = results.first(where: { $0.target == driver }) else { return nil }
            let isBest =
                // Alone it is no better than anybody.
                if let samples = result.samples, let best, values.count > 1 {
                    samples.median == best.median || samples.isLike(best)
                } else { false }
            return Cell(
                result: result, cost: result.samples == nil ? nil : result.ratio.flatMap(cost), isBest: isBest
            )
        }
        return Row(
            workload: first.workload, title: first.title, measure: first.measure, isHeadline: isHeadline,
            kernel: kernel, backing: backing, unit: first.unit, better: better,
            bare: results.first { $0.target == bare }?.samples, cells: cells)
    }
}

extension ComparisonTable.Row {
    /// True if nothing could be measured there.
    var isEmpty: Bool { bare == nil && cells.allSatisfy { $0 == nil } }

    /// "fio-randwrite: iops (more is better)".
    public var name: String {
        let measure = measure.map { ": \($0)" } ?? ""
        return workload + measure + (better == .more ? " (more is better)" : "")
    }
}

extension ComparisonTable.Cell {
    /// "1.25×", or the value where there is nothing to compare it with; nil if it was not measured.
    public var text: String? {
        guard let samples = result.samples else { return nil }
        guard let ratio = result.ratio, Quantity.isComparable(result.unit) else {
            return Quantity.text(samples.median, result.unit)
        }
        return Quantity.ratio(ratio)
    }
}
