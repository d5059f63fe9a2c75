internal import Glibc
internal import Host

/// A moment as tar writes it: any second before or after 1970, and nanoseconds.
public struct TarTime: Sendable, Equatable {
    /// Seconds since 1970, rounded down.
    public var seconds: Int64 = 0
    /// Nanoseconds after that second, 0 to 999 999 999.
    public var nanoseconds: Int64 = 0

    /// The moment `seconds` and `nanoseconds` after the start of 1970.
    public init(seconds: Int64 = 0, nanoseconds: Int64 = 0) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    /// Parses a pax time: "-1.5" is half a second before -1.
    ///
    /// Digits beyond nanoseconds are dropped.
    init?(pax text: some Collection<UInt8>) {
        let parts = text.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first, let seconds = Int64(String(decoding: whole, as: UTF8.self)) else {
            return nil
        }
        var fraction: Int64 = 0
        if parts.count == 2 {
            guard parts[1].allSatisfy(\.isASCIIDigit) else { return nil }
            let digits = Array(parts[1].prefix(9))
            for index in 0..<9 {
                fraction =
                    fraction * 10 + (index < digits.count ? Int64(digits[index] - UInt8(ascii: "0")) : 0)
            }
        }
        let isNegative = text.first == UInt8(ascii: "-")
        if isNegative, fraction > 0 {
            guard seconds > .min else { return nil }
            self.init(seconds: seconds - 1, nanoseconds: 1_000_000_000 - fraction)
        } else {
            self.init(seconds: seconds, nanoseconds: fraction)
        }
    }

    /// The pax form; without a fraction if there is none.
    var pax: String {
        if nanoseconds == 0 { return "\(seconds)" }
        let isNegative = seconds < 0
        let whole = isNegative ? -(seconds + 1) : seconds
        let fraction = isNegative ? 1_000_000_000 - nanoseconds : nanoseconds
        var digits = "\(fraction)"
        digits = String(repeating: "0", count: 9 - digits.count) + digits
        while digits.hasSuffix("0") { digits.removeLast() }
        return "\(isNegative ? "-" : "")\(whole).\(digits)"
    }
}

extension stat {
    /// When the content last changed.
    package var modified: TarTime {
        TarTime(seconds: Int64(st_mtim.tv_sec), nanoseconds: Int64(st_mtim.tv_nsec))
    }
}
