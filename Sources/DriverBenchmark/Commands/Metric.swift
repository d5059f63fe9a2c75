internal import Core
internal import Glibc

/// A value that is read from what a command writes: `--metric 'iops=IOPS=([0-9.k]+)'`.
///
/// The pattern is a POSIX extended regular expression (regex(7)); its first group is the value: a number, perhaps with a
/// unit of thousands (k, M, G, T) or of 1024 (Ki, Mi, Gi, Ti). Of several matches, the last counts: progress comes first.
public struct Metric: Sendable, Equatable {
    /// What the results call it.
    public let name: String
    /// Which values are better.
    public let better: BenchmarkResult.Better
    private let pattern: String

    /// `NAME=PATTERN`, of which more is better, or `NAME:less=PATTERN`.
    ///
    /// - Throws: ``InvalidCommand``.
    public init(_ word: String) throws(InvalidCommand) {
        func invalid(_ reason: String) -> InvalidCommand {
            InvalidCommand(option: "--metric", value: word, reason: reason)
        }
        guard let equals = word.firstIndex(of: "=") else {
            throw invalid("write NAME=PATTERN, such as 'iops=IOPS=([0-9.k]+)'")
        }
        let head = word[..<equals].split(separator: ":", omittingEmptySubsequences: false)
        guard let name = head.first, UserCommand.isName(name), head.count <= 2 else {
            throw invalid("a name has letters, digits, '.', '_' and '-'")
        }
        guard !Measure.names.contains(String(name)) else { throw invalid("\(name) is measured anyway") }
        switch head.dropFirst().first {
        case nil, "more": better = .more
        case "less": better = .less
        default: throw invalid("behind the name goes ':more' or ':less', for what is better")
        }
        self.name = String(name)
        pattern = String(word[word.index(after: equals)...])
        guard let groups = Self.compiled(pattern, { _, groups in groups }) else {
            throw invalid("the pattern is no extended regular expression (regex(7))")
        }
        if groups < 1 { throw invalid("the pattern has no group, such as ([0-9.]+), for the value") }
    }

    /// Its value in what a command has written.
    ///
    /// - Returns: nil if there is no match, or what matches is no number.
    public func value(in output: String) -> Double? {
        var value: Double?
        _ = Self.compiled(pattern) { expression, _ in
            for line in output.split(whereSeparator: \.isNewline) {
                var matches = [regmatch_t](repeating: regmatch_t(), count: 2)
                let bytes = Array(line.utf8) + [0]
                let found = bytes.withUnsafeBufferPointer { buffer in
                    buffer.withMemoryRebound(to: CChar.self) {
                        $0.baseAddress.map { regexec(&expression, $0, 2, &matches, 0) == 0 } ?? false
                    }
                }
                guard found, matches[1].rm_so >= 0 else { continue }
                let text = bytes[Int(matches[1].rm_so)..<Int(matches[1].rm_eo)]
                value = Self.number(String(decoding: text, as: UTF8.self)) ?? value
            }
        }
        return value
    }

    /// "12.5k" is 12500.
    static func number(_ text: String) -> Double? {
        let digits = text.prefix { $0.isNumber || ".+-".contains($0) }
        guard let value = Double(digits) else { return nil }
        switch text.dropFirst(digits.count).prefix(2) {
        case "Ki", "ki": return value * 0x1p10
        case "Mi": return value * 0x1p20
        case "Gi": return value * 0x1p30
        case "Ti": return value * 0x1p40
        case let unit:
            switch unit.first {
            case "k", "K": return value * 1e3
            case "M": return value * 1e6
            case "G": return value * 1e9
            case "T": return value * 1e12
            default: return value
            }
        }
    }

    /// Calls `body` with the compiled pattern and the number of its groups; nil if it is none.
    private static func compiled<Value>(
        _ pattern: String, _ body: (inout regex_t, Int) -> Value
    ) -> Value? {
        var expression = regex_t()
        guard regcomp(&expression, pattern, REG_EXTENDED) == 0 else { return nil }
        defer { regfree(&expression) }
        return body(&expression, expression.re_nsub)
    }
}
