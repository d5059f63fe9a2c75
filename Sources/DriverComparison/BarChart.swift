/// A bar for each ratio, as a picture; the dashed line is the bare file system.
struct BarChart {
    private let bars: [(label: String, ratio: Double)]

    init(_ bars: [(String, Double)]) {
        self.bars = bars.map { (label: $0.0, ratio: $0.1) }
    }

    var svg: String {
        let widest = max(1.2, bars.map(\.ratio).max() ?? 1)
        // No letter of a usual font is wider, and a kernel's name may be long.
        let left = 7.5 * Double(bars.map(\.label.count).max() ?? 0) + 16
        let (room, row) = (400.0, 22.0)
        let height = Int(row * Double(bars.count)) + 6
        let whole = Int(left + room) + 90
        var text = "<svg viewBox=\"0 0 \(whole) \(height)\" style=\"max-width:\(whole * 5 / 4)px\" role=img>"
        for (index, bar) in bars.enumerated() {
            let y = row * Double(index) + 4
            let width = max(1, (bar.ratio / widest * room).rounded())
            text +=
                "<text x=\"\(Int(left) - 8)\" y=\"\(Int(y) + 13)\" text-anchor=end>\(HTML.escaped(bar.label))</text>"
                + "<rect x=\"\(Int(left))\" y=\"\(Int(y))\" width=\"\(Int(width))\" height=16 rx=2></rect>"
                + "<text x=\"\(Int(left + width) + 6)\" y=\"\(Int(y) + 13)\">\(Quantity.ratio(bar.ratio))</text>"
        }
        let one = Int(left + room / widest)
        return text + "<line x1=\"\(one)\" y1=0 x2=\"\(one)\" y2=\"\(height)\"></line></svg>"
    }
}

/// What goes into a page.
enum HTML {
    /// A text that is nothing else in a page, within an element or an attribute in quotes.
    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
        return result
    }
}
