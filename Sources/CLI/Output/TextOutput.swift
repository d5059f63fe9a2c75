internal import Core
internal import FoundationEssentials

/// A part in hundredths, as docker tells it: "3.07%".
func percentage(_ value: Double) -> String {
    let hundredths = Int64((value * 100).rounded())
    let rest = "\(hundredths % 100)"
    return "\(hundredths / 100).\(rest.count == 1 ? "0" : "")\(rest)%"
}

/// Prints rows in columns that are as wide as they have to be, and at least ten characters; what is in them may be
/// anybody's text.
func printTable(_ head: [String], _ rows: [[String]]) {
    let rows = [head] + rows.map { $0.map(\.printable) }
    let widths = head.indices.map { column in max(10, (rows.map { $0[column].count }.max() ?? 0) + 3) }
    for row in rows {
        var line = zip(row.dropLast(), widths).map { $0.padded($1) }.joined() + (row.last ?? "")
        while line.hasSuffix(" ") { line.removeLast() }
        printLine(line)
    }
}

/// Prints a value as JSON, its keys sorted.
func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    printLine(String(decoding: try encoder.encode(value), as: UTF8.self).printableJSON)
}

/// Prints a value as one line of JSON, its keys sorted.
func printJSONLine(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    printLine(String(decoding: try encoder.encode(value), as: UTF8.self).printableJSON)
}

extension String {
    /// The same as ``printable``, but lines and tabs stay.
    var printableLines: String {
        guard unicodeScalars.contains(where: \.isUnprintable) else { return self }
        return split(by: "\n").map { $0.split(by: "\t").map(\.printable).joined(separator: "\t") }
            .joined(separator: "\n")
    }

    /// JSON with what a terminal should not get from a stranger written as escapes, which mean the same.
    var printableJSON: String {
        // Between the strings there are only ends of lines; in them, these are escaped already.
        let isForeign = { (scalar: Unicode.Scalar) in scalar != "\n" && scalar.isUnprintable }
        guard unicodeScalars.contains(where: isForeign) else { return self }
        var result = ""
        for scalar in unicodeScalars {
            guard isForeign(scalar) else {
                result.unicodeScalars.append(scalar)
                continue
            }
            for unit in UTF16.encode(scalar) ?? .init() {
                let digits = String(unit, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
        return result
    }
}
