/// Lengths of time as docker's and podman's options have them: "300ms", "1.5h", "1h15m30s".
public enum GoDuration {
    /// Nanoseconds; nil for anything else (Go's time.ParseDuration), and for what they cannot count.
    public static func nanoseconds(_ text: String) -> Int64? {
        var rest = Array(text.utf8)[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        if Array(rest) == [UInt8(ascii: "0")] { return 0 }
        guard !rest.isEmpty else { return nil }
        var total = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCIIDigit || $0 == UInt8(ascii: ".") }
            rest = rest.dropFirst(digits.count)
            let name = rest.prefix { !$0.isASCIIDigit && $0 != UInt8(ascii: ".") }
            rest = rest.dropFirst(name.count)
            let number = String(decoding: digits, as: UTF8.self)
            guard digits.contains(where: \.isASCIIDigit),
                let value = Double(number.hasPrefix(".") ? "0" + number : number),
                let unit = unit(String(decoding: name, as: UTF8.self))
            else { return nil }
            total += value * unit
        }
        guard total < Double(Int64.max) else { return nil }
        return isNegative ? -Int64(total) : Int64(total)
    }

    private static func unit(_ name: String) -> Double? {
        switch name {
        case "ns": 1
        case "us", "µs", "μs": 1e3
        case "ms": 1e6
        case "s": 1e9
        case "m": 60e9
        case "h": 3600e9
        default: nil
        }
    }
}
