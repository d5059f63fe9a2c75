/// The times in logs: RFC 3339 in UTC, with nine digits of a second, so that they sort as text.
struct LogTime {
    /// The second that `text` is of.
    private var second = Int64.min
    /// The beginning of all times in it, up to the fraction.
    private var text: [UInt8] = []

    private static let perSecond: Int64 = 1_000_000_000

    /// Appends the form of `time`, nanoseconds since 1970.
    mutating func append(_ time: Int64, to line: inout [UInt8]) {
        let (second, rest) = Self.divided(time, by: Self.perSecond)
        if second != self.second {
            self.second = second
            text = Self.spelled(second)
        }
        line.append(contentsOf: text)
        Self.appendDigits(rest, 9, to: &line)
        line.append(UInt8(ascii: "Z"))
    }

    /// The form of `time`, nanoseconds since 1970.
    static func text(_ time: Int64) -> [UInt8] {
        var line: [UInt8] = []
        var clock = LogTime()
        clock.append(time, to: &line)
        return line
    }

    /// The date and the time of day, up to the point before the fraction.
    private static func spelled(_ second: Int64) -> [UInt8] {
        let (days, time) = divided(second, by: 86_400)
        // The Gregorian calendar in eras of 400 years, which are 146 097 days, with years that begin in March.
        let (era, day) = divided(days + 719_468, by: 146_097)
        let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365
        let ofYear = day - (365 * year + year / 4 - year / 100)
        let month = (5 * ofYear + 2) / 153
        let date = [
            (year + era * 400 + (month >= 10 ? 1 : 0), 4), (month < 10 ? month + 3 : month - 9, 2),
            (ofYear - (153 * month + 2) / 5 + 1, 2), (time / 3600, 2), (time / 60 % 60, 2), (time % 60, 2),
        ]
        var text: [UInt8] = []
        for ((number, digits), end) in zip(date, "--T::.".utf8) {
            appendDigits(number, digits, to: &text)
            text.append(end)
        }
        return text
    }

    private static func appendDigits(_ number: Int64, _ count: Int, to line: inout [UInt8]) {
        var divisor: Int64 = 1
        for _ in 1..<count { divisor *= 10 }
        while divisor > 0 {
            line.append(UInt8(truncatingIfNeeded: 48 + number / divisor % 10))
            divisor /= 10
        }
    }

    /// Quotient and remainder, rounded down.
    private static func divided(_ number: Int64, by divisor: Int64) -> (Int64, Int64) {
        let (quotient, remainder) = number.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
