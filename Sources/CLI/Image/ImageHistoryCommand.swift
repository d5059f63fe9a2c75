internal import ArgumentParser
internal import Core

/// `mydocker image history` and `mydocker history`.
struct ImageHistoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Tell the steps in which an image was made, the latest first.")

    @Flag(help: "Print everything in full.")
    var noTrunc = false

    @Option(help: OutputFormat.help, completion: OutputFormat.completion)
    var format = OutputFormat.table

    @Flag(name: .shortAndLong, help: "Print the IDs only.")
    var quiet = false

    @Option(
        name: [.customShort("H"), .customLong("human")], parsing: .unconditional,
        help: ArgumentHelp("Whether sizes and times are for people to read.", valueName: "true|false"))
    var isHuman = true

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    @Argument(help: "The image's name or ID.", completion: .images)
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
        if quiet { return lines.forEach { printLine($0.id) } }
        try format.show(
            lines,
            [
                Column("IMAGE", \.id),
                isHuman
                    ? Column("CREATED") { PointInTime.cell($0.createdSince) }
                    : Column("CREATED AT", \.createdAt),
                Column("CREATED BY", \.createdBy), Column("SIZE", \.size), Column("COMMENT", \.comment),
            ], headings: ["ID": "IMAGE", "CreatedSince": "CREATED"])
    }

    private func line(_ line: HistoryLine) -> Line {
        Line(
            id: line.id.map { noTrunc ? "\($0)" : $0.short } ?? "<missing>",
            createdAt: PointInTime(line.step.created) == nil ? PointInTime.none : line.step.created ?? "",
            createdSince: PointInTime(line.step.created)?.age ?? PointInTime.none,
            createdBy: shortened(line.step.createdBy ?? ""),
            size: isHuman ? humanSize(line.size) : "\(line.size)",
            comment: shortened(line.step.comment ?? ""))
    }

    /// As docker does: 45 characters, the last of which says that there are more.
    private func shortened(_ text: String) -> String {
        noTrunc || text.count <= 45 ? text : text.prefix(44) + "…"
    }
}
