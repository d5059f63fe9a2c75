internal import FoundationEssentials

/// A size in docker's words: three digits, and units of a thousand: "4.26MB".
func humanSize(_ bytes: Int64) -> String {
    var value = Double(bytes)
    var unit = 0
    let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"]
    while value >= 1000, unit < units.count - 1 {
        value /= 1000
        unit += 1
    }
    let scale: Double = value < 10 ? 100 : value < 100 ? 10 : 1
    let rounded = (value * scale).rounded() / scale
    let text = rounded == rounded.rounded() ? "\(Int64(rounded))" : "\(rounded)"
    return text + units[unit]
}

/// Prints rows in columns that are as wide as they have to be, and at least ten characters.
func printTable(_ head: [String], _ rows: [[String]]) {
    let rows = [head] + rows
    let widths = head.indices.map { column in max(10, (rows.map { $0[column].count }.max() ?? 0) + 3) }
    for row in rows {
        var line = zip(row.dropLast(), widths).map { $0.padded($1) }.joined() + (row.last ?? "")
        while line.hasSuffix(" ") { line.removeLast() }
        print(line)
    }
}

/// Prints a value as one line of JSON, its keys sorted.
func printJSONLine(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
}
