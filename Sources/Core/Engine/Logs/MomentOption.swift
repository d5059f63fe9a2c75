internal import Glibc
internal import Host
public import Runtime

/// A moment as people say it on a command line (`--since`, `--until`), in docker's forms.
public enum MomentOption {
    /// Nanoseconds since 1970 of "10m" (so long ago), "1767225600.5" (seconds since 1970), "2026-01-01T12:00:00+01:00",
    /// "2026-01-01T12:00" or "2026-01-01" (where this machine is).
    ///
    /// - Parameters:
    ///   - option: whose value it is, for the error.
    ///   - now: nanoseconds since 1970.
    /// - Throws: ``RunError/invalidOption(option:value:reason:)``.
    public static func parse(_ text: String, option: String, now: Int64? = nil) throws(RunError) -> Int64 {
        if let past = GoDuration.nanoseconds(text), text != "0" {
            let (moment, isTooFar) = (now ?? WallClock.now).subtractingReportingOverflow(past)
            return isTooFar ? .max : moment
        }
        if let seconds = seconds(text) { return seconds }
        guard let reading = LogTime.reading(Array(text.utf8)[...]) else {
            throw RunError.invalidOption(
                option: option, value: text,
                reason: "not a time (2026-01-31T12:00:00Z), a time ago (10m), or seconds since 1970")
        }
        return reading.hasZone ? reading.time : reading.time - zone(at: reading.time)
    }

    /// How far this machine's time is ahead of UTC, in nanoseconds, when its clocks show `time`.
    private static func zone(at time: Int64) -> Int64 {
        var local = time_t(time / 1_000_000_000)
        var parts = tm()
        guard gmtime_r(&local, &parts) != nil else { return 0 }
        // mktime(3) finds out by itself whether that is summer.
        parts.tm_isdst = -1
        let meant = mktime(&parts)
        return (Int64(local) - Int64(meant)) * 1_000_000_000
    }

    /// "1767225600", "1767225600.000000001".
    private static func seconds(_ text: String) -> Int64? {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count),
            parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy(\.isASCIIDigit) }),
            let whole = Int64(String(decoding: parts[0], as: UTF8.self)), whole < Int64.max / 1_000_000_000
        else { return nil }
        let digits = parts.count == 2 ? Array(parts[1].prefix(9)) : []
        var fraction: Int64 = 0
        for place in 0..<9 {
            let digit = place < digits.count ? digits[place] : UInt8(ascii: "0")
            fraction = fraction * 10 + Int64(digit - 48)
        }
        return whole * 1_000_000_000 + fraction
    }
}
