internal import Core

/// Measured values as people read them.
public enum Quantity {
    /// A value in the unit of a `BenchmarkResult`.
    public static func text(_ value: Double, _ unit: String) -> String {
        switch unit {
        case "s":
            value >= 1
                ? decimal(value, 2) + " s"
                : value >= 1e-3 ? decimal(value * 1e3, 2) + " ms" : decimal(value * 1e6, 1) + " µs"
        case "bytes": humanSize(Int64(value))
        case "share": "\(Int((value * 100).rounded()))%"
        case "inodes", "files", "copies": decimal(value, 0)
        default: value >= 1e5 ? decimal(value / 1e3, 0) + "k" : decimal(value, value < 100 ? 2 : 0)
        }
    }

    /// False for what is told as it is, not as a ratio: so many files, a share.
    public static func isComparable(_ unit: String) -> Bool {
        !["share", "inodes", "files", "copies"].contains(unit)
    }

    /// "1.25×", with three digits.
    public static func ratio(_ value: Double) -> String {
        decimal(value, value < 10 ? 2 : value < 100 ? 1 : 0) + "×"
    }

    /// With so many digits behind the point.
    static func decimal(_ value: Double, _ digits: Int) -> String {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = (value * scale).rounded()
        // A report is anybody's file.
        guard let whole = Int64(exactly: scaled) else { return "\(value)" }
        if digits == 0 { return "\(whole)" }
        let sign = whole < 0 ? "-" : ""
        let figures = "\(whole.magnitude)"
        let text = String(repeating: "0", count: max(0, digits + 1 - figures.count)) + figures
        return sign + text.dropLast(digits) + "." + text.suffix(digits)
    }
}
