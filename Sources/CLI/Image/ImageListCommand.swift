internal import ArgumentParser
internal import Core

/// `mydocker image ls`.
struct ImageListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List the images.", aliases: ["list"])

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

    @Flag(help: "Print the manifests' digests too.")
    var digests = false

    @Flag(name: .shortAndLong, help: "List all images. This is what happens anyway.")
    var all = false

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "Only images with: reference=PATTERN, dangling=true|false, label=KEY[=VALUE], before=IMAGE, "
                + "since=IMAGE, until=TIME.", valueName: "key=value"))
    var filter: [String] = []

    @Option(help: OutputFormat.help, completion: OutputFormat.completion)
    var format = OutputFormat.table

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    @Argument(
        help: "Only images of this name: REPOSITORY or REPOSITORY:TAG; * and ? stand for others.",
        completion: .images)
    var name: String?

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
        let store = try storeOptions.images(log.logger())
        let filter = try ImageFilter(filter, name: name, in: store)
        let lines = try store.list().filter(filter.shows).map(line)
        if quiet {
            var seen: Set<String> = []
            for line in lines where seen.insert(line.id).inserted { printLine(line.id) }
            return
        }
        let names = [Column<Line>("REPOSITORY", \.repository), Column("TAG", \.tag)]
        try format.show(
            lines,
            names + (digests ? [Column("DIGEST", \.digest)] : []) + [
                Column("IMAGE ID", \.id), Column("CREATED") { PointInTime.cell($0.createdSince) },
                Column("SIZE", \.size),
            ], headings: ["ID": "IMAGE ID", "CreatedSince": "CREATED"])
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
