public import DriverBenchmark
internal import DriverConformance

/// An earlier report, to hold a new one against it.
///
/// Values are compared as multiples of the bare file system's median of the same run, so that the machine may have changed, or
/// be busier. What is called worse differs by more than noise (``RankTest``) *and* by more than a factor; if both runs were on
/// the same machine, the values themselves do too: the bare file system has noise of its own, from run to run.
public struct Baseline: Sendable {
    /// One difference.
    public struct Change: Sendable {
        /// What it is.
        public enum Kind: Sendable {
            /// It was measured, or passed, and is not any more.
            case failed
            /// It costs more than it did.
            case worse
            /// It costs less than it did.
            case better
            /// It is new, or has no bare file system beside it, or too few values: it cannot be told.
            case unknown
        }

        /// What it is.
        public let kind: Kind
        /// The kernel's name.
        public let kernel: String
        /// The driver's name; nil for the kernel as a whole.
        public let driver: String?
        /// The case or workload, and what became of it, for people.
        public let what: String

        /// True for what was better.
        public var isRegression: Bool { kind == .failed || kind == .worse }
    }

    private let earlier: ComparisonReport
    private let factor: Double

    /// A baseline.
    ///
    /// - Parameter factor: how many times as bad something has to be to be called worse.
    public init(_ earlier: ComparisonReport, factor: Double) {
        (self.earlier, self.factor) = (earlier, factor)
    }

    /// What is different in a new report, kernel by kernel.
    public func changes(in report: ComparisonReport) -> [Change] {
        report.kernels.flatMap { kernel -> [Change] in
            guard let before = counterpart(of: kernel, in: report) else {
                return [
                    Change(
                        kind: .unknown, kernel: kernel.name, driver: nil,
                        what: "the baseline has no such kernel")
                ]
            }
            if let problem = kernel.problem {
                let kind: Change.Kind = before.problem == nil ? .failed : .unknown
                return [Change(kind: kind, kernel: kernel.name, driver: nil, what: problem)]
            }
            return lost(kernel, before) + cases(kernel, before) + costs(kernel, before)
        }
    }

    /// True if a kernel was not compared, because the baseline does not know it.
    public func isNew(_ kernel: KernelReport, in report: ComparisonReport) -> Bool {
        counterpart(of: kernel, in: report) == nil
    }

    /// The same kernel earlier: asked for by the same word, or of the same name; if both runs have one kernel, that is meant.
    private func counterpart(of kernel: KernelReport, in report: ComparisonReport) -> KernelReport? {
        if let word = kernel.word, let found = earlier.kernels.first(where: { $0.word == word }) {
            return found
        }
        if let found = earlier.kernels.first(where: { $0.name == kernel.name }) { return found }
        return report.kernels.count == 1 && earlier.kernels.count == 1 ? earlier.kernels[0] : nil
    }

    /// Drivers that worked.
    private func lost(_ kernel: KernelReport, _ before: KernelReport) -> [Change] {
        kernel.drivers.compactMap { driver in
            guard let reason = driver.reason,
                before.drivers.contains(where: { $0.name == driver.name && $0.reason == nil })
            else { return nil }
            return Change(
                kind: .failed, kernel: kernel.name, driver: driver.name,
                what: "does not work any more: \(reason)"
            )
        }
    }

    private func cases(_ kernel: KernelReport, _ before: KernelReport) -> [Change] {
        kernel.conformance.compactMap { result in
            guard result.verdict == .failed else { return nil }
            let then = before.conformance.first { $0.driver == result.driver && $0.id == result.id }?.verdict
            let kind: Change.Kind
            switch then {
            case .passed, .declared: kind = .failed
            case .failed: return nil
            case .skipped, nil: kind = .unknown
            }
            let detail = result.detail.map { ": \($0)" } ?? ""
            let word =
                then == nil ? "failed, and was not tried then" : "failed, and had \(then?.rawValue ?? "")"
            return Change(
                kind: kind, kernel: kernel.name, driver: result.driver, what: "\(result.id) \(word)\(detail)")
        }
    }

    private func costs(_ kernel: KernelReport, _ before: KernelReport) -> [Change] {
        let (now, then) = (Self.table(kernel), Self.table(before))
        let isSameMachine = kernel.machine != nil && kernel.machine == before.machine
        return now.rows.filter(\.isHeadline).flatMap { row -> [Change] in
            // A file system below that was the store's own is the only one there is.
            let old = then.rows.first { old in
                old.workload == row.workload && old.backing == row.backing
                    && (row.isEmpty ? old.isHeadline : old.measure == row.measure)
            }
            guard let old else { return [] }
            return zip(then.drivers, old.cells).compactMap { driver, earlier -> Change? in
                guard let earlier = earlier?.result.samples else { return nil }
                let cell = now.drivers.firstIndex(of: driver).flatMap { row.cells[$0] }
                return verdict(row, cell, old, earlier, isSameMachine).map { verdict in
                    Change(
                        kind: verdict.kind, kernel: kernel.name, driver: driver,
                        what: "\(row.name) on \(row.backing): \(verdict.text)")
                }
            }
        }
    }

    /// - Returns: nil if there is nothing to say.
    private func verdict(
        _ row: ComparisonTable.Row, _ cell: ComparisonTable.Cell?, _ old: ComparisonTable.Row,
        _ earlier: Samples, _ isSameMachine: Bool
    ) -> (kind: Change.Kind, text: String)? {
        guard let cell else {
            // One driver may have been left out; if there is none, this place is not what it was.
            return row.isEmpty ? (.failed, "nothing can be measured there any more") : nil
        }
        if row.title != old.title { return (.unknown, "was something else then: \(old.title)") }
        guard let samples = cell.result.samples else {
            // The bench knows no other reason for which a value is missing that was there.
            return (.failed, "is not measured any more: \(cell.result.reason ?? "no reason is given")")
        }
        return verdict(
            Pair(now: samples.values, then: earlier.values, bareNow: row.bare, bareThen: old.bare),
            row.better,
            isSameMachine)
    }

    /// The values of one driver, and those of the bare file system beside it.
    private struct Pair {
        let now: [Double]
        let then: [Double]
        let bareNow: Samples?
        let bareThen: Samples?
    }

    private func verdict(
        _ pair: Pair, _ better: BenchmarkResult.Better, _ isSameMachine: Bool
    ) -> (kind: Change.Kind, text: String)? {
        guard let bareNow = pair.bareNow?.median, let bareThen = pair.bareThen?.median, bareNow > 0,
            bareThen > 0
        else {
            return isSameMachine
                ? verdict(pair.now, pair.then, better, raw: true)
                : (.unknown, "has nothing bare to be compared with")
        }
        let relative = verdict(
            pair.now.map { $0 / bareNow }, pair.then.map { $0 / bareThen }, better, raw: false)
        guard let relative, isSameMachine else { return relative }
        return verdict(pair.now, pair.then, better, raw: true)?.kind == relative.kind ? relative : nil
    }

    /// - Parameter raw: true for values as they are, false for multiples of the bare file system's.
    /// - Returns: nil if they are alike.
    private func verdict(
        _ now: [Double], _ then: [Double], _ better: BenchmarkResult.Better, raw: Bool
    ) -> (kind: Change.Kind, text: String)? {
        let (new, old) = (Samples(now).median, Samples(then).median)
        guard new > 0, old > 0 else { return nil }
        let growth = better == .less ? new / old : old / new
        if growth < factor, growth > 1 / factor { return nil }
        let text =
            raw
            ? "\(Quantity.ratio(new / old)) of what it was"
            : "\(Quantity.ratio(new)) of bare, was \(Quantity.ratio(old))"
        guard let p = RankTest.p(now, then) else { return (.unknown, "\(text), with too few values to tell") }
        if p >= RankTest.level { return nil }
        return (growth > 1 ? .worse : .better, "\(text) (p = \(Quantity.decimal(p, 4)))")
    }

    private static func table(_ kernel: KernelReport) -> ComparisonTable {
        var report = ComparisonReport()
        report.kernels = [kernel]
        return ComparisonTable(report)
    }
}
