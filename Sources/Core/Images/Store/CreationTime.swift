internal import Glibc

/// The moments that images are made at, as documents write them.
package enum CreationTime {
    /// The form of RFC 3339, in UTC: "2024-05-01T12:00:00Z".
    package static func text(_ seconds: Int64) -> String {
        var moment = time_t(seconds)
        var parts = tm()
        guard gmtime_r(&moment, &parts) != nil else { return "1970-01-01T00:00:00Z" }
        func digits(_ number: Int32, _ count: Int = 2) -> String {
            let text = "\(number)"
            return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
        }
        let date = "\(digits(parts.tm_year + 1900, 4))-\(digits(parts.tm_mon + 1))-\(digits(parts.tm_mday))"
        return "\(date)T\(digits(parts.tm_hour)):\(digits(parts.tm_min)):\(digits(parts.tm_sec))Z"
    }

    /// The same of nanoseconds since 1970: "2024-05-01T12:00:00.000000001Z".
    package static func text(nanoseconds: Int64) -> String {
        let fraction = "\(nanoseconds % 1_000_000_000 + 1_000_000_000)".dropFirst()
        return "\(text(nanoseconds / 1_000_000_000).dropLast()).\(fraction)Z"
    }
}
