internal import DriverBenchmark
internal import DriverConformance

/// A search for the first of several kernels on which something fails, if it fails on all after that too.
///
/// Of n kernels, about log₂ n are tried, and always the one found and the one before it.
public struct Bisection: Sendable {
    /// The first bad one; nil if there is none.
    public let bad: Int?
    /// The last good one before it; nil if there is none.
    public let good: Int?
    /// Those that were tried, in that order.
    public let tried: [Int]
    /// Those of them that cannot tell: between the last good and the first bad one, they may be the first themselves.
    public let skipped: [Int]

    /// Searches.
    ///
    /// - Parameter isBad: tries one; nil if it cannot tell.
    /// - Throws: what `isBad` throws.
    public static func first(of count: Int, isBad: (Int) throws -> Bool?) rethrows -> Bisection {
        var candidates = Array(0..<count)
        var (low, tried, skipped): (Int, [Int], [Int]) = (0, [], [])
        // Where the first bad one is, if all that is known to be bad were taken away.
        var high = candidates.count
        while low < high {
            let middle = low + (high - low) / 2
            let index = candidates[middle]
            tried.append(index)
            switch try isBad(index) {
            case true: high = middle
            case false: low = middle + 1
            case nil:
                skipped.append(index)
                candidates.remove(at: middle)
                high -= 1
            }
        }
        return Bisection(
            bad: low < candidates.count ? candidates[low] : nil, good: low > 0 ? candidates[low - 1] : nil,
            tried: tried, skipped: skipped)
    }
}

/// What is looked for by a bisection.
public enum BisectionTarget: Sendable {
    /// A case of the conformance kit.
    case conformance(String)
    /// A built-in workload; with a cost, it fails where it costs more.
    case workload(String, slowerThan: Double?)
    /// A command of the user's.
    case command(String, slowerThan: Double?)

    /// Its name.
    public var name: String {
        switch self {
        case .conformance(let name), .workload(let name, _), .command(let name, _): name
        }
    }

    /// Whether it fails on a kernel, and what there is to say of that.
    ///
    /// A driver that was asked for and does not work there is a failure: one that was not may have been left out on purpose.
    public func verdict(on kernel: KernelReport) -> (isBad: Bool?, text: String) {
        if let problem = kernel.problem { return (nil, problem) }
        if let missing = kernel.missing.first {
            let reason = kernel.drivers.first { $0.name == missing }?.reason ?? "it is not there"
            return (true, "\(missing) does not work: \(reason)")
        }
        switch self {
        case .conformance(let id):
            let results = kernel.conformance.filter { $0.id == id }
            if let failed = results.first(where: { $0.verdict == .failed }) {
                return (true, "\(failed.driver): \(failed.detail ?? "failed")")
            }
            let isTried = results.contains { $0.verdict != .skipped }
            return isTried ? (false, "good") : (nil, results.first?.detail ?? "the case was not tried")
        case .workload(let name, let limit), .command(let name, let limit):
            return verdict(of: name, slowerThan: limit, on: kernel)
        }
    }

    private func verdict(
        of name: String, slowerThan limit: Double?, on kernel: KernelReport
    ) -> (isBad: Bool?, text: String) {
        var report = ComparisonReport()
        report.kernels = [kernel]
        let table = ComparisonTable(report)
        var isMeasured = false
        var worst: (text: String, cost: Double)?
        for row in table.rows where row.workload == name && row.isHeadline {
            for (driver, cell) in zip(table.drivers, row.cells) {
                guard let cell else { continue }
                let place = "\(driver) on \(row.backing)"
                if cell.result.samples == nil {
                    if cell.result.hasFailed { return (true, "\(place): \(cell.result.reason ?? "failed")") }
                    continue
                }
                isMeasured = true
                if let cost = cell.cost, cost > worst?.cost ?? 0 {
                    worst = ("\(place): \(cell.text ?? "") of bare", cost)
                }
            }
        }
        guard isMeasured else { return (nil, "it was not measured") }
        guard let limit else { return (false, "good") }
        // Nothing bare to compare it with.
        guard let worst else { return (nil, "there is nothing bare to compare it with") }
        return (worst.cost > limit, worst.text)
    }
}
