internal import ArgumentParser
internal import Core

/// `mydocker image history`.
struct ImageHistoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Tell the steps in which an image was made, the latest first.")

    @Flag(help: "Print everything in full.")
    var noTrunc = false

    @Option(help: ArgumentHelp("How to print: table, or json for an object a line.", valueName: "format"))
    var format = ListFormat.table

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    @Argument(help: "The image's name or ID.")
    var image: String

    /// One step as JSON, in docker's words.
    private struct Line: Encodable {
        let id, createdAt, createdSince, createdBy, size, comment: String

        enum CodingKeys: String, CodingKey {
            case id = "ID"
            case createdAt = "CreatedAt"
            case createdSince = "CreatedSince"
            case createdBy = "CreatedBy"
            case size = "Size"
            case comment = "Comment"
        }
    }

    func run() throws {
        let lines = try storeOptions.images(log.logger()).image(image).historyLines.map(line)
        if format == .json { return try lines.forEach(printJSONLine) }
        printTable(
            ["IMAGE", "CREATED", "CREATED BY", "SIZE", "COMMENT"],
            lines.map { [$0.id, PointInTime.cell($0.createdSince), $0.createdBy, $0.size, $0.comment] })
    }

    private func line(_ line: HistoryLine) -> Line {
        Line(
            id: line.id.map { noTrunc ? "\($0)" : $0.short } ?? "<missing>",
            createdAt: PointInTime(line.step.created) == nil ? PointInTime.none : line.step.created ?? "",
            createdSince: PointInTime(line.step.created)?.age ?? PointInTime.none,
            createdBy: shortened(line.step.createdBy ?? ""), size: humanSize(line.size),
            comment: shortened(line.step.comment ?? ""))
    }

    /// As docker does: 45 characters, the last of which says that there are more.
    private func shortened(_ text: String) -> String {
        noTrunc || text.count <= 45 ? text : text.prefix(44) + "…"
    }
}
