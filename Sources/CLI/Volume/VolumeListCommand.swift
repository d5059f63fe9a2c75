internal import ArgumentParser
internal import Core
internal import Logging

/// `mydocker volume ls`.
struct VolumeListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List the volumes.", aliases: ["list"])

    @Flag(name: .shortAndLong, help: "Print the names only.")
    var quiet = false

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "Only volumes with: name=PART, label=KEY[=VALUE], dangling=true|false, driver=local.",
            valueName: "key=value"))
    var filter: [String] = []

    @Option(help: OutputFormat.help, completion: OutputFormat.completion)
    var format = OutputFormat.table

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    /// One volume as JSON, in docker's words.
    private struct Line: Encodable {
        let driver = "local"
        let labels, mountpoint, name: String
        let scope = "local"

        enum CodingKeys: String, CodingKey {
            case driver = "Driver"
            case labels = "Labels"
            case mountpoint = "Mountpoint"
            case name = "Name"
            case scope = "Scope"
        }
    }

    func run() throws {
        let logger = log.logger()
        let volumes = Volumes(try storeOptions.cleanStore(logger))
        let filter = try VolumeFilter(filter, in: volumes)
        let lines = try volumes.all { logger.warning("\($0.problem)") }
            .filter(filter.shows)
            .map { volume in
                Line(
                    labels: volume.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
                        .joined(separator: ","),
                    mountpoint: volumes.mountPoint(of: volume), name: volume.name)
            }
        if quiet { return lines.forEach { printLine($0.name) } }
        try format.show(
            lines, [Column("DRIVER", \.driver), Column("VOLUME NAME", \.name)],
            headings: ["Name": "VOLUME NAME"])
    }
}

/// Which volumes a list shows: `--filter`.
struct VolumeFilter {
    private let filters: Filters
    private let users: [String: [String]]

    static let keys = ["name", "label", "label!", "dangling", "driver", "all"]

    /// - Throws: ``UsageError``, ``SystemCallError``.
    init(_ words: [String], in volumes: Volumes) throws {
        filters = try Filters(words, keys: Self.keys)
        _ = try filters.agrees("dangling", true)
        users = filters["dangling"].isEmpty ? [:] : try volumes.users()
    }

    /// True if the list shows it.
    func shows(_ volume: Volume) throws(UsageError) -> Bool {
        guard try filters.agrees("dangling", users[volume.name] == nil) else { return false }
        return filters.matches(labels: volume.labels)
            && (filters["label!"].isEmpty || !filters.matches(labels: volume.labels, key: "label!"))
            && filters.any("driver") { $0 == "local" } && filters.any("name") { volume.name.contains($0) }
    }

    /// True if volumes with a name are meant, too.
    func wantsNamed() throws(UsageError) -> Bool {
        if filters["all"].isEmpty { return false }
        return try filters.agrees("all", true)
    }
}
