internal import Host

extension LogTime {
    /// A time that was read, and whether it said where on earth it is meant.
    struct Reading: Equatable {
        /// Nanoseconds since 1970, in UTC if there was no zone.
        let time: Int64
        let hasZone: Bool
    }

    /// Nanoseconds since 1970 of a time in the form of RFC 3339; nil for anything else, and for what they cannot count.
    static func nanoseconds(_ bytes: ArraySlice<UInt8>) -> Int64? {
        guard bytes.count >= 20, let reading = reading(bytes), reading.hasZone else { return nil }
        return reading.time
    }

    /// Reads RFC 3339, of which the zone, the seconds and the time of day may be missing.
    static func reading(_ bytes: ArraySlice<UInt8>) -> Reading? {
        var text = Scanner(rest: bytes)
        guard let year = text.number(4), text.take("-"), let month = text.number(2), text.take("-"),
            let day = text.number(2), (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        var second: Int64 = 0
        var fraction: Int64 = 0
        if text.take("T") || text.take("t") || text.take(" ") {
            guard let hour = text.number(2), text.take(":"), let minute = text.number(2), hour < 24,
                minute < 60
            else { return nil }
            second = hour * 3600 + minute * 60
            if text.take(":") {
                guard let part = text.number(2), part <= 60 else { return nil }
                second += part
                if text.take(".") {
                    guard let digits = text.fraction() else { return nil }
                    fraction = digits
                }
            }
        }
        guard let offset = text.zone() else { return nil }
        // As in LogTime's other direction: years that begin in March.
        let marchYear = month > 2 ? year : year - 1
        let days =
            365 * marchYear + marchYear / 4 - marchYear / 100 + marchYear / 400
            + (153 * ((month + 9) % 12) + 2) / 5 + day - 1 - 719_468
        let (whole, isTooMuch) = (days * 86_400 + second - (offset.seconds ?? 0))
            .multipliedReportingOverflow(by: 1_000_000_000)
        let (time, isOver) = whole.addingReportingOverflow(fraction)
        guard !isTooMuch, !isOver else { return nil }
        return Reading(time: time, hasZone: offset.seconds != nil)
    }
}

/// How far a place's time is ahead of UTC; no seconds if nobody says which place.
private struct Zone {
    let seconds: Int64?
}

/// Takes a time apart from its beginning.
private struct Scanner {
    var rest: ArraySlice<UInt8>

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(truncatingIfNeeded: character.value) else { return false }
        rest.removeFirst()
        return true
    }

    /// Exactly so many digits.
    mutating func number(_ count: Int) -> Int64? {
        var result: Int64 = 0
        for _ in 0..<count {
            guard let digit = rest.popFirst(), digit.isASCIIDigit else { return nil }
            result = result * 10 + Int64(digit - 48)
        }
        return result
    }

    /// One to nine digits, as nanoseconds.
    mutating func fraction() -> Int64? {
        var result: Int64 = 0
        var weight: Int64 = 100_000_000
        while let digit = rest.first, digit.isASCIIDigit, weight > 0 {
            rest.removeFirst()
            result += Int64(digit - 48) * weight
            weight /= 10
        }
        return weight == 100_000_000 ? nil : result
    }

    /// The zone and then the end; nil for anything else.
    mutating func zone() -> Zone? {
        if rest.isEmpty { return Zone(seconds: nil) }
        if take("Z") || take("z") { return rest.isEmpty ? Zone(seconds: 0) : nil }
        let isEast = rest.first == UInt8(ascii: "+")
        guard take("+") || take("-"), let hours = number(2), take(":"), let minutes = number(2), rest.isEmpty,
            hours < 24, minutes < 60
        else { return nil }
        return Zone(seconds: (isEast ? 1 : -1) * (hours * 3600 + minutes * 60))
    }
}
