internal import Core

/// A table of which a template says what the columns are: `{{.ID}}\t{{.Names}}` behind `table `.
enum TemplateTable {
    /// The columns are as wide as they have to be, and at least ten characters.
    private static let narrowest = 10

    /// The lines of a table of rows with tabs between their cells.
    static func lines(_ rows: [String]) -> [String] {
        let cells = rows.flatMap { $0.split(by: "\n") }.map { $0.split(by: "\t") }
        var widths: [Int] = []
        for row in cells {
            // The last one of a row may be as wide as it likes.
            for (column, cell) in row.dropLast().enumerated() {
                if column == widths.count { widths.append(narrowest) }
                widths[column] = max(widths[column], cell.count + 3)
            }
        }
        return cells.map { row in
            var line = zip(row.dropLast(), widths).map { $0.padded($1) }.joined() + (row.last ?? "")
            while line.hasSuffix(" ") { line.removeLast() }
            return line
        }
    }

    /// The usual heading of a field: "CREATED AT" of CreatedAt.
    static func heading(_ name: String) -> String {
        var result = ""
        let letters = Array(name)
        for (index, letter) in letters.enumerated() {
            let isCapital = letter.isUppercase && index > 0
            let followsSmall = isCapital && letters[index - 1].isLowercase
            let precedesSmall = isCapital && index + 1 < letters.count && letters[index + 1].isLowercase
            result += (followsSmall || precedesSmall ? " " : "") + letter.uppercased()
        }
        return result
    }
}
