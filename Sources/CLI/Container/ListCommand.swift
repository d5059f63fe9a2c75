internal import ArgumentParser
internal import Core
internal import Logging

/// `mydocker ps`.
struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ps", abstract: "List containers: those that run, and with -a those that were kept.",
        aliases: ["ls", "list"])

    @Flag(name: .shortAndLong, help: "List the containers that have ended and were kept, too.")
    var all = false

    @Flag(name: .shortAndLong, help: "Print the IDs only.")
    var quiet = false

    @Option(
        name: [.customShort("n"), .long], parsing: .unconditional,
        help: ArgumentHelp("List the newest ones, whether they run or not.", valueName: "number"))
    var last: Int?

    @Flag(name: .shortAndLong, help: "List the newest one, whether it runs or not.")
    var latest = false

    @Flag(name: .shortAndLong, help: "Print what they have written, and with the image's size.")
    var size = false

    @Flag(help: "Print commands and mounts in full.")
    var noTrunc = false

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "Only containers with: id=, name=EXPRESSION, label=KEY[=VALUE], exited=STATUS, status=STATE, "
                + "ancestor=IMAGE, before=CONTAINER, since=CONTAINER, volume=NAME|PATH, health=STATE.",
            valueName: "key=value"))
    var filter: [String] = []

    @Option(help: OutputFormat.help, completion: OutputFormat.completion)
    var format = OutputFormat.table

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    func run() throws {
        let logger = log.logger()
        let store = try storeOptions.cleanStore(logger)
        let containers = Containers(store)
        let images = ImageStore(at: store.images)
        let filter = try ContainerFilter(filter, containers, images)
        let count = last.flatMap { $0 > 0 ? $0 : nil } ?? (latest ? 1 : nil)
        let isForAll = all || count != nil || filter.wantsEnded
        // The newest first.
        let records = try containers.all { logger.warning("\($0.explanation.problem)") }
            .filter { record in
                let container = containers.container(of: record)
                return (isForAll || container.isRunning) && filter.shows(record, container)
            }
            .sorted { ($0.created, $0.id) > ($1.created, $1.id) }
            .prefix(count ?? .max)
        if quiet { return records.forEach { printLine($0.id) } }
        let sizes =
            size || format.mentions("Size") ? try texts(ofSizes: Array(records), containers, images) : [:]
        let lines = records.map {
            ContainerLine(
                $0, containers.container(of: $0), size: sizes[$0.id] ?? "0B", isShort: !noTrunc)
        }
        let labels = Dictionary(records.map { ($0.id, $0.spec?.labels ?? [:]) }, uniquingKeysWith: { $1 })
        try format.show(
            lines,
            [
                Column("CONTAINER ID", \.id), Column("IMAGE", \.image), Column("COMMAND", \.command),
                Column("CREATED", \.runningFor), Column("STATUS", \.status), Column("STORAGE", \.storage),
                Column("NAMES", \.names),
            ] + (size ? [Column("SIZE", \.size)] : []), headings: ContainerLine.headings,
            labels: { labels[$0.id] ?? [:] })
    }

    /// What a list says of the containers' sizes: what they have written, and with the image.
    private func texts(
        ofSizes records: [ContainerRecord], _ containers: Containers, _ images: ImageStore
    ) throws -> [String: String] {
        let known = Dictionary(
            try images.list().compactMap { summary in summary.image.map { ($0.manifestDigest, $0.size) } },
            uniquingKeysWith: { $1 })
        let sizes = containers.sizes(of: records)
        return Dictionary(
            records.map { record in
                let own = sizes[record.id] ?? 0
                let all = own + (record.manifest.flatMap { known[$0] } ?? 0)
                return (record.id, "\(humanSize(own)) (virtual \(humanSize(all)))")
            }, uniquingKeysWith: { $1 })
    }
}
