internal import Glibc

/// Whether two sets of measurements differ by more than noise: the Mann-Whitney U test, two-sided.
///
/// It asks how often the values of one set are greater than those of the other, and how likely that would be if both came
/// from the same source. It assumes nothing of how the noise is distributed, so that one slow outlier does not decide.
/// Up to ``exactLimit`` values on each side, if no two are equal, the probability is counted exactly; else it is
/// approximated by the normal distribution, with the correction for ties and for continuity.
public enum RankTest {
    /// Differences less likely than this by chance are called more than noise.
    public static let level = 0.05
    /// Up to so many values on each side it is counted.
    static let exactLimit = 20

    /// The probability of a difference at least as great as this one by chance alone, from 0 to 1.
    ///
    /// - Returns: nil if no difference could be significant with so few values: 3 against 3 cannot be told apart.
    public static func p(_ first: [Double], _ second: [Double]) -> Double? {
        let (m, n) = (first.count, second.count)
        guard m > 0, n > 0, 2 / ways(m, n) < level else { return nil }
        // How often a value of the first is greater; half for equal ones.
        var wins = 0.0
        for a in first { for b in second { wins += a > b ? 1 : a == b ? 0.5 : 0 } }
        let extreme = min(wins, Double(m * n) - wins)
        let hasTies =
            Set(first).count + Set(second).count > Set(first + second).count
            || Set(first).count < m || Set(second).count < n
        if !hasTies, max(m, n) <= exactLimit {
            let counts = arrangements(m, n)
            let tail = counts.prefix(Int(extreme) + 1).reduce(0, +)
            return min(1, 2 * tail / ways(m, n))
        }
        return approximate(extreme, first + second, m, n)
    }

    /// In how many ways the values can be arranged: C(m + n, m).
    private static func ways(_ m: Int, _ n: Int) -> Double {
        (0..<m).reduce(1.0) { $0 * Double(n + $1 + 1) / Double($1 + 1) }
    }

    /// How many of the arrangements have each U from 0 to m·n: f(u; m, n) = f(u - n; m - 1, n) + f(u; m, n - 1).
    private static func arrangements(_ m: Int, _ n: Int) -> [Double] {
        var rows = [[Double]](repeating: [1], count: n + 1)
        for i in 1...m {
            var next: [[Double]] = [[1]]
            for j in 1...n {
                var counts = [Double](repeating: 0, count: i * j + 1)
                for (u, count) in rows[j].enumerated() { counts[u + j] += count }
                for (u, count) in next[j - 1].enumerated() { counts[u] += count }
                next.append(counts)
            }
            rows = next
        }
        return rows[n]
    }

    private static func approximate(_ u: Double, _ all: [Double], _ m: Int, _ n: Int) -> Double {
        let total = Double(m + n)
        var ties: [Double: Double] = [:]
        for value in all { ties[value, default: 0] += 1 }
        let correction = ties.values.reduce(0) { $0 + ($1 * $1 * $1 - $1) } / (total * (total - 1))
        let variance = Double(m * n) / 12 * (total + 1 - correction)
        guard variance > 0 else { return 1 }
        let z = max(0, Double(m * n) / 2 - u - 0.5) / variance.squareRoot()
        return min(1, erfc(z / 2.0.squareRoot()))
    }
}
