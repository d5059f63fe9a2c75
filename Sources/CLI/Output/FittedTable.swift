/// Columns in lines of a hundred characters: those that have no room go into a second table below.
struct FittedTable {
    /// What stands in front of each line; it is repeated in every table.
    private let fixed: [Column]
    private let rest: [Column]

    /// What is wider than a line is no better for a table.
    static let width = 100

    /// One column.
    struct Column {
        let head: String
        let cells: [String]

        /// - Parameter limit: a cell with more characters loses some in its middle.
        init(_ head: String, _ cells: [String], limit: Int = .max) {
            self.head = head
            self.cells = cells.map { $0.shortened(limit) }
        }

        fileprivate var width: Int { ([head] + cells).map(\.count).max().map { $0 + 2 } ?? 0 }

        /// -1 is the head.
        fileprivate func row(_ index: Int) -> String { index < 0 ? head : cells[index] }
    }

    init(_ fixed: [Column], _ rest: [Column]) {
        (self.fixed, self.rest) = (fixed, rest)
    }

    var lines: [String] {
        var lines: [String] = []
        var rest = rest[...]
        repeat {
            var taken = fixed
            var width = fixed.reduce(0) { $0 + $1.width }
            // The last one needs no room behind it.
            while let next = rest.first, taken.count == fixed.count || width + next.width - 2 <= Self.width {
                width += next.width
                taken.append(next)
                rest.removeFirst()
            }
            for row in -1..<(fixed.first?.cells.count ?? 0) {
                lines.append(taken.map { $0.row(row).padded($0.width) }.joined().withoutTrailingSpaces)
            }
        } while !rest.isEmpty
        return lines
    }
}

extension String {
    /// The text without spaces at its end.
    var withoutTrailingSpaces: String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }

    /// At most so many characters: the middle gives way, because names begin and end with what tells them apart.
    func shortened(_ limit: Int) -> String {
        if count <= limit { return self }
        let tail = (limit - 1) / 2
        return prefix(limit - 1 - tail) + "…" + suffix(tail)
    }

    /// Lines of at most `width` characters, broken between words where there are any; those after the first are indented.
    func wrapped(_ width: Int = FittedTable.width, indent: Int = 2) -> [String] {
        var (lines, line): ([String], String) = ([], "")
        let space = String(repeating: " ", count: indent)
        for word in split(separator: " ", omittingEmptySubsequences: false) {
            var word = word
            if !line.isEmpty, line.count + 1 + word.count > width {
                lines.append(line.withoutTrailingSpaces)
                line = space
            } else if !line.isEmpty {
                line += " "
            }
            while line.count + word.count > width {
                let part = word.prefix(width - line.count)
                lines.append(line + part)
                word = word.dropFirst(part.count)
                line = space
            }
            line += word
        }
        return lines + [line.withoutTrailingSpaces]
    }
}
