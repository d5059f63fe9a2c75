internal import ArgumentParser
internal import Core
internal import Glibc

/// How a list is printed: `--format` of every command that prints one.
enum OutputFormat: Equatable, ExpressibleByArgument, CustomStringConvertible {
    /// Columns under headings.
    case table
    /// An object a line, in docker's words.
    case json
    /// A text with `{{…}}` in it, for each line; with `table ` before it, in columns under headings.
    case template(String)

    static let help = ArgumentHelp(
        "How to print: table, json for an object a line, or a text with {{.Name}} and the like in it for each, "
            + "behind the word table in columns.", valueName: "format")

    init?(argument text: String) {
        switch text {
        case "table", "": self = .table
        case "json": self = .json
        default:
            guard text.contains("{{") else { return nil }
            self = .template(text)
        }
    }

    static var completion: CompletionKind { .list(["table", "json"]) }

    var description: String {
        switch self {
        case .table: "table"
        case .json: "json"
        case .template(let text): text
        }
    }

    /// True if a template may print this field.
    func mentions(_ field: String) -> Bool {
        guard case .template(let text) = self else { return false }
        return text.contains(".\(field)")
    }

    /// Prints a list; its lines as JSON, and what templates say of them, are what they encode.
    ///
    /// - Parameters:
    ///   - headings: those of fields in a template's table that are not called like the fields.
    ///   - labels: the labels of a line's object, for `.Label` in templates.
    /// - Throws: ``TemplateError``, `EncodingError`.
    func show<Line: Encodable>(
        _ lines: [Line], _ columns: [Column<Line>], headings: [String: String] = [:],
        labels: (Line) -> [String: String] = { _ in [:] }
    ) throws {
        switch self {
        case .json: try lines.forEach(printJSONLine)
        case .table:
            printTable(columns.map(\.head), lines.map { line in columns.map { $0.cell(line) } })
        case .template(let text):
            let isTable = text.hasPrefix("table")
            let template = try Template(String(text.dropFirst(isTable ? 5 : 0)).trimmed, escapes: true)
            let isForTerminal = isatty(STDOUT_FILENO) != 0
            let rows = try lines.map {
                try template.filled(
                    with: JSONValue(encoding: $0), labels: labels($0), isForTerminal: isForTerminal)
            }
            for row in isTable ? TemplateTable.lines([template.heading(headings)] + rows) : rows {
                printLine(row)
            }
        }
    }
}

/// A column of a table.
struct Column<Line> {
    let head: String
    let cell: (Line) -> String

    init(_ head: String, _ cell: @escaping (Line) -> String) {
        self.head = head
        self.cell = cell
    }
}

extension String {
    /// Without the spaces around it.
    fileprivate var trimmed: String {
        var rest = self[...]
        while rest.first == " " { rest.removeFirst() }
        while rest.last == " " { rest.removeLast() }
        return String(rest)
    }
}
