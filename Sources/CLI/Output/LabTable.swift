internal import DriverBenchmark
internal import DriverConformance
internal import KernelLab

/// The table that `storage compare` prints: a line for each kernel and driver.
struct LabTable {
    private let report: LabReport

    init(_ report: LabReport) {
        self.report = report
    }

    /// The workloads whose ratios are shown.
    private static let shown = ["start", "mount-16", "walk", "open-read-cold", "copy-up-1m", "create-delete"]

    var text: String {
        var rows: [[String]] = []
        for kernel in report.kernels {
            let release = kernel.release.map { $0 == kernel.name ? "" : $0 } ?? ""
            guard kernel.problem == nil else {
                rows.append([kernel.name, release, "-", kernel.problem ?? ""])
                continue
            }
            for driver in kernel.drivers {
                let start = [kernel.name, release, driver.name]
                if let reason = driver.reason {
                    rows.append(start + [reason])
                    continue
                }
                let mine = kernel.conformance.filter { $0.driver == driver.name }
                let counts = [ConformanceResult.Verdict.passed, .failed, .declared, .skipped].map { verdict in
                    "\(mine.count { $0.verdict == verdict })"
                }
                rows.append(
                    start + [counts.joined(separator: "/")] + Self.shown.map { kernel.ratio(driver.name, $0) }
                )
            }
        }
        let head =
            ["KERNEL", "RELEASE", "DRIVER", "PASSED/FAILED/DECLARED/SKIPPED"]
            + Self.shown.map { $0.uppercased() }
        var lines = [Self.lines([head] + rows)]
        lines.append(
            "Numbers are ratios to the same kernel's bare file system; between kernels only these can be compared."
        )
        for kernel in report.kernels {
            let limits = kernel.limits.map { ", limits \($0)" } ?? ""
            lines.append(
                "\(kernel.name): \(kernel.seconds) s, cgroups \(kernel.cgroups)\(limits), on \(kernel.fileSystem ?? "-")"
            )
            lines += kernel.lastLines.map { "  | \($0)" }
            for result in kernel.conformance where result.verdict == .failed {
                lines.append("  \(result.id) \(result.driver) failed: \(result.detail ?? "")")
            }
        }
        return lines.joined(separator: "\n")
    }

    /// Rows in columns; a row with fewer cells ends in a text of any length.
    private static func lines(_ rows: [[String]]) -> String {
        let full = rows.map(\.count).max() ?? 0
        var widths = [Int](repeating: 0, count: full)
        for row in rows {
            for (column, cell) in row.enumerated() where row.count == full || column < row.count - 1 {
                widths[column] = max(widths[column], cell.count + 2)
            }
        }
        return rows.map { row in
            var line = row.enumerated().map { $1.padded(widths[$0]) }.joined()
            while line.hasSuffix(" ") { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }
}

extension KernelReport {
    /// True if nothing came of it, or a driver failed in something.
    ///
    /// A driver that was asked for and is not there is a failure too.
    var hasFailed: Bool {
        problem != nil || !missing.isEmpty || conformance.contains { $0.verdict == .failed }
    }

    fileprivate func ratio(_ driver: String, _ workload: String) -> String {
        let result = benchmark.first { $0.target == driver && $0.workload == workload }
        guard let ratio = result?.ratio else { return "-" }
        return ratio < 10 ? "\((ratio * 100).rounded() / 100)×" : "\(Int(ratio.rounded()))×"
    }
}
