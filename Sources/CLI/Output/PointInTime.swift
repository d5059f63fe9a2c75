internal import Core
internal import Glibc

/// A moment.
struct PointInTime: Equatable, Comparable {
    /// Since 1970.
    let seconds: Int64
    /// Since that second.
    let nanoseconds: Int64

    /// - Parameter nanoseconds: since 1970.
    init(nanoseconds: Int64) {
        seconds = nanoseconds / 1_000_000_000
        self.nanoseconds = nanoseconds % 1_000_000_000
    }

    static func < (left: PointInTime, right: PointInTime) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }

    /// Parses the form of RFC 3339: "2024-05-01T12:00:00.5Z", "2024-05-01T14:00:00+02:00"; nil for anything
    /// else, and for what stands for no date.
    init?(_ text: String?) {
        guard let bytes = text.map({ Array($0.utf8) }), bytes.count >= 20 else { return nil }
        func number(_ range: Range<Int>) -> Int64? {
            let digits = bytes[range]
            guard digits.allSatisfy({ (48...57).contains($0) }) else { return nil }
            return digits.reduce(0) { $0 * 10 + Int64($1 - 48) }
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        // Days since 1970 in the Gregorian calendar, with years that begin in March.
        let marchYear = month > 2 ? year : year - 1
        let marchMonth = (month + 9) % 12
        let leapDays = marchYear / 4 - marchYear / 100 + marchYear / 400
        let days = 365 * marchYear + leapDays + (153 * marchMonth + 2) / 5 + day - 1 - 719_468
        var result = days * 86_400 + hour * 3600 + minute * 60 + second
        let zone = bytes.count - 6
        if bytes[zone] == UInt8(ascii: "+") || bytes[zone] == UInt8(ascii: "-") {
            guard let hours = number(zone + 1..<zone + 3), let minutes = number(zone + 4..<zone + 6) else {
                return nil
            }
            result -= (bytes[zone] == UInt8(ascii: "+") ? 1 : -1) * (hours * 3600 + minutes * 60)
        } else if bytes.last != UInt8(ascii: "Z") {
            return nil
        }
        // What has no date says the beginning of time instead, where there has to be one.
        guard result > 0 else { return nil }
        seconds = result
        nanoseconds = Self.fraction(bytes[19...])
    }

    /// The nanoseconds in what follows the seconds: ".5Z".
    private static func fraction(_ rest: ArraySlice<UInt8>) -> Int64 {
        guard rest.first == UInt8(ascii: ".") else { return 0 }
        var (result, place) = (Int64(0), Int64(100_000_000))
        for digit in rest.dropFirst().prefix(while: \.isASCIIDigit) {
            result += Int64(digit - UInt8(ascii: "0")) * place
            place /= 10
        }
        return result
    }

    /// The form of RFC 3339, in UTC.
    var text: String { CreationTime.text(seconds) }

    /// How long ago it was, in docker's words: "3 weeks ago".
    var age: String { passed + " ago" }

    /// How much time has passed since, in docker's words: "3 weeks".
    var passed: String {
        let now = Int64(time(nil))
        let past = max(now - seconds, 0)
        let (minutes, hours) = (past / 60, past / 3600)
        return switch past {
        case 0: "Less than a second"
        case 1: "1 second"
        case ..<60: "\(past) seconds"
        case _ where minutes == 1: "About a minute"
        case _ where minutes < 46: "\(minutes) minutes"
        case _ where hours <= 1: "About an hour"
        case _ where hours < 48: "\(hours) hours"
        case _ where hours < 24 * 7 * 2: "\(hours / 24) days"
        case _ where hours < 24 * 30 * 2: "\(hours / 24 / 7) weeks"
        case _ where hours < 24 * 365 * 2: "\(hours / 24 / 30) months"
        default: "\(hours / 24 / 365) years"
        }
    }

    /// What docker says where there is no date.
    static let none = "N/A"

    /// The same in a table.
    static func cell(_ age: String) -> String { age == none ? "-" : age }
}
