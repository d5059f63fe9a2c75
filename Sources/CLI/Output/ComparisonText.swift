internal import Core
internal import DriverBenchmark
internal import DriverComparison
internal import DriverConformance

/// What `storage compare` prints: failures, what follows, and tables that fit a terminal of a hundred columns.
struct ComparisonText {
    private let report: ComparisonReport
    private let table: ComparisonTable
    private let workloads: [String]

    /// - Parameter workloads: those that are shown; empty for a selection that fits a screen.
    init(_ report: ComparisonReport, workloads: [String] = []) {
        self.report = report
        self.workloads = workloads
        table = ComparisonTable(report)
    }

    var text: String {
        let parts = [failures, summary, measured, notes]
        return parts.filter { !$0.isEmpty }.map { $0.map(\.printable).joined(separator: "\n") }
            .joined(separator: "\n\n")
    }

    private var failures: [String] {
        report.kernels.flatMap(\.failures).flatMap { failure in
            let place = [failure.kernel, failure.driver].compactMap(\.self).joined(separator: ", ")
            return "FAILED \(place): \(failure.what)".wrapped() + failure.lines.map { "  | \($0)" }
        }
    }

    private static let kernelWidth = 30

    private var summary: [String] {
        var rows: [[String]] = []
        var reasons: [String] = []
        for kernel in report.kernels where kernel.problem == nil {
            for driver in kernel.drivers {
                let reason = kernel.reason(against: driver)
                let mine = kernel.conformance.filter { $0.driver == driver.name }
                let counts = [ConformanceResult.Verdict.passed, .failed, .declared, .skipped].map { verdict in
                    "\(mine.count { $0.verdict == verdict })"
                }
                let tried = mine.isEmpty ? "-" : counts.joined(separator: "/")
                rows.append([
                    kernel.name, kernel.release.map { $0 == kernel.name ? "" : $0 } ?? "", driver.name,
                    reason == nil ? tried : "does not work",
                ])
                if let reason {
                    reasons += "\(driver.name) on \(kernel.name): \(reason)".wrapped()
                }
            }
        }
        if rows.isEmpty { return [] }
        let heads = [
            ("KERNEL", Self.kernelWidth), ("RELEASE", 26), ("DRIVER", 14),
            ("PASSED/FAILED/DECLARED/SKIPPED", .max),
        ]
        let columns = heads.enumerated().map { index, head in
            FittedTable.Column(head.0, rows.map { $0[index] }, limit: head.1)
        }
        return FittedTable(columns, []).lines + reasons
    }

    private var measured: [String] {
        let rows = table.rows.filter(\.isHeadline)
        var names: [String] = []
        for row in rows where !names.contains(row.workload) { names.append(row.workload) }
        let selected = names.filter { name in
            workloads.isEmpty ? !Benchmark.workloadIDs.contains(name) || Self.usual.contains(name) : true
        }
        var lines = selected.flatMap { name -> [String] in
            let mine = rows.filter { $0.workload == name }
            guard let first = mine.first else { return [] }
            let bare = mine.map { $0.bare.map { Quantity.text($0.median, first.unit) } ?? "-" }
            let fixed = [
                FittedTable.Column("KERNEL", mine.map(\.kernel), limit: Self.kernelWidth),
                FittedTable.Column("ON", mine.map(\.backing), limit: 10), FittedTable.Column("BARE", bare),
            ]
            // A driver that works nowhere of these needs no column.
            let columns = table.drivers.indices.filter { column in
                mine.contains { $0.cells[column] != nil }
            }
            let drivers = columns.map { column in
                FittedTable.Column(
                    table.drivers[column].uppercased(), mine.map { cell($0.cells[column], $0) })
            }
            return "\(first.name): \(first.title.shortened(FittedTable.width - first.name.count - 2))"
                .wrapped(indent: 2) + FittedTable(fixed, drivers).lines.map { $0 } + [""]
        }
        if selected.isEmpty { return [] }
        lines += Self.remarks
        if selected.count < names.count {
            lines.append("\(names.count - selected.count) more workloads are in the page, -o, and in --json.")
        }
        if let conclusion = Conclusion(table).text { lines += [""] + conclusion.wrapped(indent: 0) }
        return lines
    }

    /// The built-in workloads whose ratios are shown unless others are asked for.
    private static let usual = [
        "start", "mount-16", "walk", "open-read-cold", "copy-up-1m", "create-delete",
    ]

    private static let remarks = [
        "Medians as ratios to the bare file system of the same kernel; only these can be compared.",
        "*: the best driver of its line, or no worse than it by more than noise. ~: no more than noise,",
        "p is \(RankTest.level) or more in a Mann-Whitney U test, or there are too few values to tell.",
    ]

    private func cell(_ cell: ComparisonTable.Cell?, _ row: ComparisonTable.Row) -> String {
        guard let cell, let text = cell.text else { return cell?.result.hasFailed == true ? "failed" : "-" }
        return text + (cell.isBest ? "*" : "") + (cell.isNoise && row.bare != nil ? " ~" : "")
    }

    private var notes: [String] {
        report.kernels.flatMap { kernel in
            let limits = kernel.limits.map { ", limits \($0)" } ?? ""
            return
                "\(kernel.name): \(kernel.seconds) s, cgroups \(kernel.cgroups)\(limits), on \(kernel.fileSystem ?? "-")"
                .wrapped()
        }
    }
}
