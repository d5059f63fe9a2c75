internal import DriverConformance

/// The table that `storage check` prints: a line for each case, a column for each driver.
struct ConformanceReport {
    private let drivers: [String]
    private(set) var results: [ConformanceResult] = []
    private var last: [ConformanceResult] = []

    init(_ drivers: [String]) {
        self.drivers = drivers
    }

    mutating func add(_ line: [ConformanceResult]) {
        results += line
        last = line
    }

    var hasFailed: Bool { results.contains { $0.verdict == .failed } }

    var header: String { "CASE".padded(6) + drivers.map { $0.uppercased().padded(20) }.joined() + "WHAT" }

    /// Each verdict with the time that the case took.
    var lastLine: String {
        let cells = last.map { "\($0.verdict.rawValue.padded(9)) \($0.milliseconds) ms".padded(20) }
        return (last.first?.id ?? "").padded(6) + cells.joined() + (last.first?.title ?? "")
    }

    /// The counts for each driver, and what was said about cases that did not simply pass.
    var summary: String {
        var lines = [""]
        for driver in drivers {
            let mine = results.filter { $0.driver == driver }
            let counts = [ConformanceResult.Verdict.passed, .declared, .skipped, .failed].map { verdict in
                "\(mine.count { $0.verdict == verdict }) \(verdict.rawValue)"
            }
            lines.append("\(driver): " + counts.joined(separator: ", "))
        }
        for result in results {
            if let detail = result.detail {
                lines.append("\(result.id) \(result.driver) \(result.verdict.rawValue): \(detail)")
            }
        }
        return lines.joined(separator: "\n")
    }
}
