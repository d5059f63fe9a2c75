internal import DriverBenchmark
internal import DriverConformance

/// A report for an issue or a merge request, as GitHub and GitLab read it.
public struct MarkdownTable {
    private let report: ComparisonReport
    private let table: ComparisonTable

    /// The text of a report.
    public init(_ report: ComparisonReport) {
        self.report = report
        table = ComparisonTable(report)
    }

    /// Failures, what follows, the measures by which workloads are judged, and what the conformance kit says.
    public var text: String {
        var parts: [String] = []
        let failures = report.kernels.flatMap(\.failures)
        if !failures.isEmpty {
            let lines = failures.map { failure in
                let place = [failure.kernel, failure.driver].compactMap(\.self).map(Self.escaped)
                return "- **\(place.joined(separator: ", "))**: \(Self.escaped(failure.what))"
            }
            parts.append("**Failures**\n\n" + lines.joined(separator: "\n"))
        }
        if let conclusion = Conclusion(table).text { parts.append(Self.escaped(conclusion)) }
        let rows = table.rows.filter(\.isHeadline)
        if !rows.isEmpty {
            let head = ["workload", "kernel", "on", "bare"] + table.drivers
            let lines = rows.map { row in
                let bare = row.bare.map { Quantity.text($0.median, row.unit) } ?? "-"
                return [row.name, row.kernel, row.backing, bare].map(Self.escaped)
                    + row.cells.map { Self.cell($0, row) }
            }
            parts.append(Self.lines(head.map(Self.escaped), lines, right: 3))
            parts.append(
                "Medians as ratios to the bare file system of the same kernel. **Bold**: the best of its row, or no worse "
                    + "than it by more than noise. \\~: no more than noise (Mann-Whitney, p ≥ \(RankTest.level), or too few "
                    + "values to tell).")
        }
        let conformance = report.kernels.flatMap { kernel in
            kernel.drivers.map { driver -> [String] in
                let mine = kernel.conformance.filter { $0.driver == driver.name }
                let counts = [ConformanceResult.Verdict.passed, .failed, .declared, .skipped].map { verdict in
                    !mine.isEmpty ? "\(mine.count { $0.verdict == verdict })" : "-"
                }
                let words = [
                    kernel.name, kernel.release ?? "", driver.name, kernel.reason(against: driver) ?? "works",
                ]
                return words.map(Self.escaped) + counts
            }
        }
        if !conformance.isEmpty {
            parts.append(
                Self.lines(
                    ["kernel", "release", "driver", "", "passed", "failed", "declared", "skipped"],
                    conformance,
                    right: 4))
        }
        return parts.joined(separator: "\n\n")
    }

    private static func cell(_ cell: ComparisonTable.Cell?, _ row: ComparisonTable.Row) -> String {
        guard let cell else { return "-" }
        guard let text = cell.text else { return cell.result.hasFailed ? "**failed**" : "-" }
        let value = cell.isBest ? "**\(escaped(text))**" : escaped(text)
        return value + (cell.isNoise && row.bare != nil ? " \\~" : "")
    }

    /// - Parameter right: from which column on they are numbers.
    private static func lines(_ head: [String], _ rows: [[String]], right: Int) -> String {
        func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
        let rule = head.indices.map { $0 < right ? "---" : "---:" }
        return ([head, rule] + rows).map(line).joined(separator: "\n")
    }

    /// A text that is nothing else in Markdown.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            if character.isNewline {
                result += " "
            } else {
                if "\\`*_{}[]<>()#|~&!@:".contains(character) { result += "\\" }
                result.append(character)
            }
        }
        return result
    }
}
