internal import DriverBenchmark
internal import DriverConformance
internal import FoundationEssentials

extension LabReport {
    /// The report as JSON, its keys sorted.
    ///
    /// - Throws: what the encoder throws.
    public func text() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    }
}

/// A report as a page that stands alone: no script, nothing from a network; for light, dark and paper.
public struct ReportPage {
    private let report: LabReport

    /// The page of a report.
    public init(_ report: LabReport) {
        self.report = report
    }

    /// The page.
    public var html: String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Storage drivers compared</title>
        <style>\(Self.style)</style>
        </head>
        <body>
        <h1>Storage drivers compared</h1>
        <p>Ratios are medians against the bare file system <em>of the same kernel</em>, which is 1. Only these can be compared
        between kernels: one may run on hardware, another in software.</p>
        <h2>Kernels and drivers</h2>
        \(summary)
        <h2>Conformance</h2>
        \(conformance)
        <h2>Benchmark</h2>
        \(benchmark)
        <footer>mydocker storage compare, \(report.schema)</footer>
        </body>
        </html>

        """
    }

    private static let style = """
        :root { color-scheme: light dark; --line: #8885; --bar: #3b76c4; --bad: #c0392b; --good: #2e8b57; --odd: #b8860b }
        body { font: 15px/1.45 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem }
        table { border-collapse: collapse; margin: 1rem 0; width: 100% }
        th, td { border-bottom: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top }
        .failed, .problem { color: var(--bad); font-weight: bold } .passed { color: var(--good) } .declared { color: var(--odd) }
        .passed, .declared, .skipped, .failed { white-space: nowrap }
        pre { white-space: pre-wrap; font-size: 12px } figure { margin: 1.5rem 0; break-inside: avoid }
        figcaption { font-weight: 600 } svg { width: 100%; height: auto } svg text { fill: currentColor; font-size: 12px }
        svg rect { fill: var(--bar) } svg line { stroke: currentColor; stroke-dasharray: 3 3; opacity: .6 }
        .scroll { overflow-x: auto }
        @media print { body { max-width: none; margin: 0 } h2 { break-after: avoid } }
        """

    private var summary: String {
        var rows = ""
        for kernel in report.kernels {
            let name = "<td>\(escaped(kernel.name))</td><td>\(escaped(kernel.release ?? ""))</td>"
            if let problem = kernel.problem {
                let last = kernel.lastLines.map(escaped).joined(separator: "\n")
                rows +=
                    "<tr>\(name)<td class=problem colspan=4>\(escaped(problem))<pre>\(last)</pre></td></tr>\n"
                continue
            }
            for driver in kernel.drivers {
                let mine = kernel.conformance.filter { $0.driver == driver.name }
                let counts = [ConformanceResult.Verdict.passed, .declared, .skipped, .failed].map { verdict in
                    let count = mine.count { $0.verdict == verdict }
                    return count == 0
                        ? "" : "<span class=\(verdict.rawValue)>\(count) \(verdict.rawValue)</span> "
                }
                rows +=
                    "<tr>\(name)<td>\(escaped(driver.name))</td>"
                    + "<td>\(driver.reason.map(escaped) ?? "works")</td><td>\(counts.joined())</td>"
                    + "<td>cgroups \(kernel.cgroups), limits \(escaped(kernel.limits ?? "-"))</td></tr>\n"
            }
        }
        return "<div class=scroll><table><tr><th>Kernel</th><th>Release</th><th>Driver</th><th>Works</th>"
            + "<th>Conformance</th><th>Limits</th></tr>\n\(rows)</table></div>"
    }

    /// What is not simply passed, everywhere.
    private var conformance: String {
        var rows = ""
        for kernel in report.kernels {
            for result in kernel.conformance where result.verdict == .failed || result.verdict == .declared {
                rows +=
                    "<tr><td>\(escaped(kernel.name))</td><td>\(escaped(result.driver))</td><td>\(result.id)</td>"
                    + "<td class=\(result.verdict.rawValue)>\(result.verdict.rawValue)</td>"
                    + "<td>\(escaped(result.title))<br>\(escaped(result.detail ?? ""))</td></tr>\n"
            }
        }
        return
            "<p>Cases that did not simply pass: what a driver declares to do differently, it does exactly so.</p>"
            + "<div class=scroll><table><tr><th>Kernel</th><th>Driver</th><th>Case</th><th>Verdict</th><th>What</th></tr>"
            + "\n\(rows)</table></div>"
    }

    private var benchmark: String {
        var order: [String] = []
        var titles: [String: String] = [:]
        for result in report.kernels.flatMap(\.benchmark)
        where result.unit == "s" && titles[result.workload] == nil {
            order.append(result.workload)
            titles[result.workload] = result.title
        }
        return order.map { workload in
            var bars: [(String, Double)] = []
            for kernel in report.kernels {
                for result in kernel.benchmark where result.workload == workload && result.target != "bare" {
                    if let ratio = result.ratio { bars.append(("\(kernel.name) · \(result.target)", ratio)) }
                }
            }
            if bars.isEmpty { return "" }
            return
                "<figure><figcaption>\(escaped(workload))</figcaption><p>\(escaped(titles[workload] ?? ""))</p>"
                + "\(Self.chart(bars, escaped))</figure>\n"
        }.joined()
    }

    /// A bar for each; the dashed line is the bare file system.
    private static func chart(_ bars: [(label: String, ratio: Double)], _ escaped: (String) -> String)
        -> String
    {
        let widest = max(1.2, bars.map(\.ratio).max() ?? 1)
        // No letter of a usual font is wider, and a kernel's name may be long.
        let left = 7.5 * Double(bars.map(\.label.count).max() ?? 0) + 16
        let (room, row) = (400.0, 22.0)
        let height = Int(row * Double(bars.count)) + 6
        var text = "<svg viewBox=\"0 0 \(Int(left + room) + 90) \(height)\" role=img>"
        for (index, bar) in bars.enumerated() {
            let y = row * Double(index) + 4
            let width = max(1, (bar.ratio / widest * room).rounded())
            let label = "\((bar.ratio * 100).rounded() / 100)×"
            text +=
                "<text x=\"\(Int(left) - 8)\" y=\"\(Int(y) + 13)\" text-anchor=end>\(escaped(bar.label))</text>"
                + "<rect x=\"\(Int(left))\" y=\"\(Int(y))\" width=\"\(Int(width))\" height=16 rx=2></rect>"
                + "<text x=\"\(Int(left + width) + 6)\" y=\"\(Int(y) + 13)\">\(label)</text>"
        }
        let one = Int(left + room / widest)
        return text + "<line x1=\"\(one)\" y1=0 x2=\"\(one)\" y2=\"\(height)\"></line></svg>"
    }

    private func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
        return result
    }
}
