internal import Core
internal import DriverComparison

/// What is different from an earlier report, the worst first.
struct BaselineText {
    private let changes: [Baseline.Change]
    private let factor: Double

    init(_ changes: [Baseline.Change], factor: Double) {
        (self.changes, self.factor) = (changes, factor)
    }

    var lines: [String] {
        let kinds: [(Baseline.Change.Kind, String)] = [
            (.failed, "FAILED"), (.worse, "WORSE"), (.better, "better"), (.unknown, "cannot tell"),
        ]
        let lines = kinds.flatMap { kind, word in
            changes.filter { $0.kind == kind }.flatMap { change in
                let place = [change.kernel, change.driver].compactMap(\.self).joined(separator: ", ")
                return "\(word) \(place): \(change.what)".printable.wrapped()
            }
        }
        let count = changes.count(where: \.isRegression)
        return lines + [
            count == 0
                ? "Nothing got worse than in the baseline by \(Quantity.ratio(factor)) and more than noise."
                : "\(count) got worse than in the baseline."
        ]
    }
}
