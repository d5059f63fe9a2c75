internal import ArgumentParser
internal import Core

/// How a list is printed.
enum ListFormat: String, ExpressibleByArgument {
    case table, json
}

/// `mydocker image ls`.
struct ImageListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "ls", abstract: "List the images.")

    @OptionGroup var options: ImageListOptions

    func run() throws { try options.list() }
}

/// `mydocker images`.
struct ImagesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "images", abstract: "List the images: the same as image ls.")

    @OptionGroup var options: ImageListOptions

    func run() throws { try options.list() }
}

/// What `image ls` and `images` take.
struct ImageListOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Print the IDs only.")
    var quiet = false

    @Flag(help: "Print IDs in full.")
    var noTrunc = false

    @Option(help: ArgumentHelp("How to print: table, or json for an object a line.", valueName: "format"))
    var format = ListFormat.table

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    /// One image as JSON, in docker's words.
    private struct Line: Encodable {
        let repository, tag, id, digest, createdAt, createdSince, size: String

        enum CodingKeys: String, CodingKey {
            case repository = "Repository"
            case tag = "Tag"
            case id = "ID"
            case digest = "Digest"
            case createdAt = "CreatedAt"
            case createdSince = "CreatedSince"
            case size = "Size"
        }
    }

    func list() throws {
        let lines = try storeOptions.images(log.logger()).list().map(line)
        if quiet {
            var seen: Set<String> = []
            for line in lines where seen.insert(line.id).inserted { printLine(line.id) }
        } else if format == .json {
            try lines.forEach(printJSONLine)
        } else {
            printTable(
                ["REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"],
                lines.map { [$0.repository, $0.tag, $0.id, PointInTime.cell($0.createdSince), $0.size] })
        }
    }

    private func line(_ summary: ImageSummary) -> Line {
        let id = summary.image?.id ?? summary.manifestDigest
        return Line(
            repository: summary.name?.repository ?? "<none>", tag: summary.name?.tag ?? "<none>",
            id: noTrunc ? "\(id)" : id.short, digest: "\(summary.manifestDigest)",
            createdAt: PointInTime(summary.image?.created) == nil
                ? PointInTime.none : summary.image?.created ?? "",
            createdSince: PointInTime(summary.image?.created)?.age ?? PointInTime.none,
            size: summary.image.map { humanSize($0.size) } ?? "damaged")
    }
}
