internal import DriverBenchmark
internal import DriverConformance
internal import FoundationEssentials
internal import Glibc

/// A report as a page that stands alone: nothing from a network; for light, dark and paper, wide and narrow.
///
/// Without its script all of it can be read; with it, the table is filtered and sorted, and shows the samples of a cell.
public struct ReportPage {
    private let report: ComparisonReport
    private let table: ComparisonTable

    /// The page of a report.
    public init(_ report: ComparisonReport) {
        self.report = report
        table = ComparisonTable(report)
    }

    /// The page.
    public var html: String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
        <title>Storage drivers compared</title>
        <style>\(Self.style)</style>
        </head>
        <body>
        <h1>Storage drivers compared</h1>
        \(failures)
        \(measured)
        <h2>Kernels and drivers</h2>
        \(summary)
        \(conformance)
        \(charts)
        <footer>mydocker storage compare, \(report.schema)\(report.made.map { ", " + HTML.escaped($0) } ?? "")</footer>
        <script>\(Self.script)</script>
        </body>
        </html>

        """
    }

    private var failures: String {
        let all = report.kernels.flatMap(\.failures)
        if all.isEmpty { return "" }
        let lines = all.map { failure in
            let place = [failure.kernel, failure.driver].compactMap(\.self).map(HTML.escaped)
            let last = failure.lines.map(HTML.escaped).joined(separator: "\n")
            return "<li><b>\(place.joined(separator: ", "))</b>: \(HTML.escaped(failure.what))"
                + (last.isEmpty ? "" : "<pre>\(last)</pre>")
        }
        return
            "<section class=failures><h2>Failures</h2>\n<ul>\(lines.joined(separator: "\n"))</ul></section>"
    }

    // MARK: The table

    private var measured: String {
        if table.rows.isEmpty { return "" }
        let conclusion = Conclusion(table).text.map { "<p class=conclusion>\(HTML.escaped($0))</p>" } ?? ""
        return """
            \(conclusion)
            \(filters)
            <div class=scroll><table id=heat>
            <thead><tr><th>Workload</th><th>Kernel</th><th>On</th><th>Bare</th>\(
                table.drivers.map { "<th>\(HTML.escaped($0))</th>" }.joined())</tr></thead>
            <tbody>
            \(table.rows.indices.map(row).joined(separator: "\n"))
            </tbody></table></div>
            <p class=legend>Medians as ratios to the bare file system <em>of the same kernel and the same file system below</em>,
            which is 1. Only these can be compared between kernels: one may run on hardware, another in software. Underlined: the
            best of its row, or no worse than it by more than noise. ~: the difference to bare is not more than noise (a
            Mann-Whitney U test, p at least \(RankTest.level), or too few values to tell).</p>
            <script type="application/json" id=samples>\(samples)</script>
            """
    }

    private var filters: String {
        func choice(_ name: String, _ all: String, _ values: [String]) -> String {
            var unique: [String] = []
            for value in values where !unique.contains(value) { unique.append(value) }
            if unique.count < 2 { return "" }
            let options = unique.map { "<option>\(HTML.escaped($0))</option>" }
            return "<label>\(name) <select data-for=\(name)><option value=\"\">\(all)</option>"
                + "\(options.joined())</select></label> "
        }
        let measures = table.rows.contains { !$0.isHeadline }
        return "<form id=filters hidden>"
            + choice("workload", "all", table.rows.map(\.workload))
            + choice("kernel", "all", table.rows.map(\.kernel))
            + choice("on", "all", table.rows.map(\.backing))
            + (measures
                ? "<label><input type=checkbox id=every> every measure</label> " : "")
            + "<label>search <input type=search id=search size=12></label></form>"
    }

    private func row(_ index: Int) -> String {
        let row = table.rows[index]
        let values = [row.workload, row.kernel, row.backing].map(HTML.escaped)
        let bare = row.bare.map { Quantity.text($0.median, row.unit) } ?? "-"
        let measure = row.measure.map { "<small>\(HTML.escaped($0))</small>" } ?? ""
        let more = row.better == .more ? " <small>more is better</small>" : ""
        let cells = row.cells.indices.map { cell(row, index, $0) }.joined()
        return "<tr data-workload=\"\(values[0])\" data-kernel=\"\(values[1])\" data-on=\"\(values[2])\""
            + (row.isHeadline ? "" : " class=minor")
            + "><th title=\"\(HTML.escaped(row.title))\">\(values[0]) \(measure)\(more)</th><td>\(values[1])</td><td>\(values[2])</td>"
            + "<td data-value=\"\(row.bare?.median ?? 0)\">\(HTML.escaped(bare))</td>\(cells)</tr>"
    }

    private func cell(_ row: ComparisonTable.Row, _ index: Int, _ column: Int) -> String {
        guard let cell = row.cells[column] else { return "<td>-</td>" }
        guard let text = cell.text else {
            let kind = cell.result.hasFailed ? "failed" : "absent"
            let word = cell.result.hasFailed ? "failed" : "-"
            return "<td class=\(kind) title=\"\(HTML.escaped(cell.result.reason ?? ""))\">\(word)</td>"
        }
        var style = ""
        if let cost = cell.cost, cost > 0 {
            // All of the colour at four times, or a quarter.
            let heat = max(-1, min(1, log2(cost) / 2))
            let share = Int((abs(heat) * 70).rounded())
            style = " style=\"--heat:\(share)%;--colour:var(\(heat > 0 ? "--bad" : "--good"))\""
        }
        let noise = cell.isNoise && row.bare != nil ? "<small> ~</small>" : ""
        let value = cell.cost ?? (cell.result.samples?.median ?? 0)
        return "<td class=\"heat\(cell.isBest ? " best" : "")\" data-value=\"\(value)\"\(style)>"
            + "<button type=button data-cell=\"\(index)-\(column)\">\(HTML.escaped(text))\(noise)</button></td>"
    }

    /// The values behind the cells, for the script.
    private var samples: String {
        struct Value: Encodable {
            let number: Double
            let text: String
        }
        struct Entry: Encodable {
            let title: String
            let bare: [Value]
            let driver: String
            let values: [Value]
            let note: String
        }
        var entries: [String: Entry] = [:]
        for (index, row) in table.rows.enumerated() {
            func values(_ samples: Samples?) -> [Value] {
                (samples?.values ?? []).map { Value(number: $0, text: Quantity.text($0, row.unit)) }
            }
            for (column, cell) in row.cells.enumerated() {
                guard let cell, let mine = cell.result.samples else { continue }
                var notes = ["spread of the middle half \(Int((mine.spread * 100).rounded()))%"]
                if let p = cell.result.p { notes.append("p = \(Quantity.decimal(p, 4)) against bare") }
                if let dropped = cell.result.dropped {
                    notes.append("\(dropped) did not count: \(cell.result.reason ?? "")")
                }
                entries["\(index)-\(column)"] = Entry(
                    title: "\(row.name), \(row.kernel), \(row.backing): \(row.title)", bare: values(row.bare),
                    driver: table.drivers[column], values: values(mine), note: notes.joined(separator: "; "))
            }
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(entries) else { return "{}" }
        // Nothing in it may end the element that it is in.
        return String(decoding: data, as: UTF8.self).split(separator: "<", omittingEmptySubsequences: false)
            .joined(separator: "\\u003c")
    }

    // MARK: The rest

    private var summary: String {
        var rows = ""
        for kernel in report.kernels {
            let name = "<td>\(HTML.escaped(kernel.name))</td><td>\(HTML.escaped(kernel.release ?? ""))</td>"
            if let problem = kernel.problem {
                rows += "<tr>\(name)<td class=problem colspan=4>\(HTML.escaped(problem))</td></tr>\n"
                continue
            }
            for driver in kernel.drivers {
                let mine = kernel.conformance.filter { $0.driver == driver.name }
                let counts = [ConformanceResult.Verdict.failed, .passed, .declared, .skipped].map { verdict in
                    let count = mine.count { $0.verdict == verdict }
                    return count == 0
                        ? "" : "<span class=\(verdict.rawValue)>\(count) \(verdict.rawValue)</span> "
                }
                rows +=
                    "<tr>\(name)<td>\(HTML.escaped(driver.name))</td>"
                    + "<td>\(kernel.reason(against: driver).map(HTML.escaped) ?? "works")</td><td>\(counts.joined())</td>"
                    + "<td>cgroups \(HTML.escaped(kernel.cgroups)), limits \(HTML.escaped(kernel.limits ?? "-"))</td></tr>\n"
            }
        }
        return "<div class=scroll><table><tr><th>Kernel</th><th>Release</th><th>Driver</th><th>Works</th>"
            + "<th>Conformance</th><th>Limits</th></tr>\n\(rows)</table></div>"
    }

    /// What is not simply passed, everywhere: what has failed first.
    private var conformance: String {
        var rows = ""
        if report.kernels.allSatisfy(\.conformance.isEmpty) { return "" }
        for verdict in [ConformanceResult.Verdict.failed, .declared] {
            for kernel in report.kernels {
                for result in kernel.conformance where result.verdict == verdict {
                    rows +=
                        "<tr><td>\(HTML.escaped(kernel.name))</td><td>\(HTML.escaped(result.driver))</td><td>\(HTML.escaped(result.id))</td>"
                        + "<td class=\(verdict.rawValue)>\(verdict.rawValue)</td>"
                        + "<td>\(HTML.escaped(result.title))<br>\(HTML.escaped(result.detail ?? ""))</td></tr>\n"
                }
            }
        }
        if rows.isEmpty { return "<h2>Conformance</h2>\n<p>Every case that was tried passed.</p>" }
        return "<h2>Conformance</h2>\n"
            + "<p>Cases that did not simply pass: what a driver declares to do differently, it does exactly so.</p>"
            + "<div class=scroll><table><tr><th>Kernel</th><th>Driver</th><th>Case</th><th>Verdict</th><th>What</th></tr>"
            + "\n\(rows)</table></div>"
    }

    private var charts: String {
        var workloads: [String] = []
        for row in table.rows where row.isHeadline && !workloads.contains(row.workload) {
            workloads.append(row.workload)
        }
        let figures = workloads.compactMap { workload -> String? in
            let rows = table.rows.filter { $0.isHeadline && $0.workload == workload }
            let hasPlaces = Set(rows.map(\.backing)).count > 1
            let bars = rows.flatMap { row in
                zip(table.drivers, row.cells).compactMap { driver, cell -> (String, Double)? in
                    guard let cell, let ratio = cell.result.ratio, cell.cost != nil else { return nil }
                    return (
                        "\(row.kernel) · \(hasPlaces ? "\(row.backing) · " : "")\(driver)", ratio
                    )
                }
            }
            guard let first = rows.first, !bars.isEmpty else { return nil }
            return
                "<figure><figcaption>\(HTML.escaped(first.name))</figcaption><p>\(HTML.escaped(first.title))</p>"
                + "\(BarChart(bars).svg)</figure>\n"
        }
        return figures.isEmpty ? "" : "<h2>Benchmark</h2>\n\(figures.joined())"
    }
}
