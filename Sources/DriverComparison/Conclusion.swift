internal import DriverBenchmark
internal import Glibc

/// What follows from a table, in two sentences.
public struct Conclusion {
    private let drivers: [String]
    private let rows: [ComparisonTable.Row]

    /// The conclusion from a table; only the measures by which workloads are judged count.
    public init(_ table: ComparisonTable) {
        drivers = table.drivers
        rows = table.rows.filter(\.isHeadline)
    }

    /// Nil if nothing was measured that can be compared.
    public var text: String? {
        let standings = standings
        guard let first = standings.first else { return nil }
        var text: String
        let average = "\(Quantity.ratio(first.cost)) what the bare file system does on average"
        if standings.count == 1 {
            text = "\(first.driver) costs \(average) (\(comparisons(first.rows)), geometric mean)."
        } else {
            text =
                "\(first.driver) is the best driver, or no worse than it by more than noise, in \(first.wins) of "
                + "\(comparisons(first.rows)), and costs \(average) (geometric mean)"
            let others = standings.dropFirst().map { other in
                "\(other.driver) in \(other.wins) of \(other.rows) at \(Quantity.ratio(other.cost))"
            }
            text += "; \(others.joined(separator: ", "))."
        }
        let second = [driverGap, backingGap, kernelGap].compactMap(\.self)
        if let start = second.first { text += " \(start.prefix(1).uppercased())\(start.dropFirst())" }
        for part in second.dropFirst() { text += "; \(part)" }
        return second.isEmpty ? text : text + "."
    }

    private func comparisons(_ count: Int) -> String { count == 1 ? "1 comparison" : "\(count) comparisons" }

    private struct Standing {
        let driver: String
        let wins: Int
        let rows: Int
        /// The geometric mean.
        let cost: Double
    }

    /// The drivers, the one that is best most often first.
    private var standings: [Standing] {
        let all = drivers.indices.compactMap { index -> Standing? in
            let cells = rows.compactMap { $0.cells[index] }
            let costs = cells.compactMap(\.cost).filter { $0 > 0 }
            if costs.isEmpty { return nil }
            let mean = exp(costs.reduce(0) { $0 + log($1) } / Double(costs.count))
            let measured = cells.filter { $0.result.samples != nil }
            return Standing(
                driver: drivers[index], wins: measured.count(where: \.isBest), rows: measured.count,
                cost: mean)
        }
        return all.sorted { ($0.wins, $1.cost) > ($1.wins, $0.cost) }
    }

    /// Where it matters most which driver it is.
    private var driverGap: String? {
        let gaps = rows.compactMap { row -> Gap? in
            let costs = zip(drivers, row.cells).compactMap { driver, cell in cell?.cost.map { (driver, $0) } }
            return Gap(costs, "\(row.workload) on \(row.kernel) (\(row.backing))")
        }
        return gaps.max { $0.size < $1.size }.map { gap in
            "which driver it is matters most in \(gap.place): \(gap.ends)"
        }
    }

    /// How much the file system below does: on the same kernel, seconds can be compared.
    private var backingGap: String? {
        gap(by: { "\($0.kernel)" }, of: \.backing, value: { $0.result.samples?.median }).map { gap in
            "the file system below makes up to \(Quantity.ratio(gap.size)) (\(gap.place): \(gap.low.0) against \(gap.high.0))"
        }
    }

    /// How much the kernel does to what a driver costs.
    private var kernelGap: String? {
        gap(by: \.backing, of: \.kernel, value: \.cost).map { gap in
            "from kernel to kernel its cost differs by up to \(Quantity.ratio(gap.size)) (\(gap.place): \(gap.ends))"
        }
    }

    private struct Gap {
        let place: String
        let low: (String, Double)
        let high: (String, Double)

        var size: Double { high.1 / low.1 }
        var ends: String { "\(low.0) \(Quantity.ratio(low.1)), \(high.0) \(Quantity.ratio(high.1))" }

        init?(_ values: [(String, Double)], _ place: String) {
            let values = values.filter { $0.1 > 0 }
            guard values.count > 1, let low = values.min(by: { $0.1 < $1.1 }),
                let high = values.max(by: { $0.1 < $1.1 })
            else { return nil }
            (self.place, self.low, self.high) = (place, low, high)
        }
    }

    /// The greatest difference of one driver in one workload where only `axis` differs.
    private func gap(
        by rest: (ComparisonTable.Row) -> String, of axis: (ComparisonTable.Row) -> String,
        value: (ComparisonTable.Cell) -> Double?
    ) -> Gap? {
        var groups: [String: [(String, Double)]] = [:]
        for row in rows {
            for (driver, cell) in zip(drivers, row.cells) {
                guard let cell, let value = value(cell) else { continue }
                groups["\(row.workload) with \(driver) on \(rest(row))", default: []].append(
                    (axis(row), value))
            }
        }
        return groups.sorted { $0.key < $1.key }.compactMap { Gap($0.value, $0.key) }.max {
            $0.size < $1.size
        }
    }
}
