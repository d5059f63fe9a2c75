internal import ArgumentParser
internal import Core

/// `mydocker system`.
struct SystemCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "system", abstract: "Look after everything at once.",
        subcommands: [SystemInfoCommand.self, SystemUsageCommand.self, SystemPruneCommand.self])
}

/// `mydocker system prune`.
struct SystemPruneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Remove containers that are not running, and images that have no name.")

    @Flag(name: .shortAndLong, help: "Remove all images that no container uses.")
    var all = false

    @Flag(help: "Remove the volumes without a name that no container uses, too.")
    var volumes = false

    @Flag(name: .shortAndLong, help: "Do not ask.")
    var force = false

    @Option(
        help: ArgumentHelp(
            "Only containers with label=KEY[=VALUE], or made before until=TIME.", valueName: "key=value"))
    var filter: [String] = []

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    func run() throws {
        let logger = log.logger()
        let store = try storeOptions.cleanStore(logger)
        if !force {
            let images = all ? "all images that no container uses" : "all images without a name"
            let rest = volumes ? ", and volumes that no container uses" : ""
            guard Question.ask("This removes all containers that are not running, \(images)\(rest). Go on?")
            else {
                return
            }
        }
        var freed = try ContainerPruneCommand.prune(
            store, try Filters(filter, keys: ["label", "until"]), logger)
        if volumes {
            freed += try VolumePruneCommand.prune(Volumes(store), takesNamed: false, logger) { _ in true }
        }
        let removal = try ImageStore(at: store.images).prune(all: all, uses: store.imageUses())
        removal.tell()
        printLine("Total reclaimed space: \(humanSize(freed + removal.freed))")
        _ = try storeOptions.cleanStore(logger)
    }
}

/// `mydocker system df`.
struct SystemUsageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "df", abstract: "Tell what takes how much of the disk: images, containers, volumes.",
        discussion: "mydocker storage df tells it of each image, layer and container.")

    @Option(
        help: ArgumentHelp(
            "How to print: table, json for an object a line, or a template.", valueName: "format"))
    var format = OutputFormat.table

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    private struct Line: Encodable {
        let type, totalCount, active, size, reclaimable: String

        enum CodingKeys: String, CodingKey {
            case type = "Type"
            case totalCount = "TotalCount"
            case active = "Active"
            case size = "Size"
            case reclaimable = "Reclaimable"
        }

        init(_ type: String, _ total: Int, active: Int, _ size: Int64, reclaimable: Int64) {
            self.type = type
            totalCount = "\(total)"
            self.active = "\(active)"
            self.size = humanSize(size)
            let part = size > 0 ? " (\(reclaimable * 100 / size)%)" : ""
            self.reclaimable = humanSize(reclaimable) + part
        }
    }

    func run() throws {
        let logger = log.logger()
        let store = try storeOptions.cleanStore(logger)
        let usage = try StoreUsage(store, logger: logger)
        let manifests = Set(try store.imageUses().map(\.image))
        let used = Set(
            try ImageStore(at: store.images).list().filter { manifests.contains("\($0.manifestDigest)") }
                .compactMap { $0.image.map { "\($0.id)" } })
        let running = usage.containers.filter(\.isRunning)
        let containers = usage.containers.reduce(0) { $0 + $1.usage.bytes }
        let active = usage.images.filter { used.contains($0.id) }
        let volumes = Volumes(store)
        let all = try volumes.all()
        let sizes = all.map { (try? volumes.size(of: $0)) ?? 0 }
        let users = try volumes.users()
        let unused = zip(all, sizes).filter { users[$0.0.name] == nil }.reduce(0) { $0 + $1.1 }
        try format.show(
            [
                Line(
                    "Images", usage.images.count, active: active.count,
                    usage.blobs + usage.layers.reduce(0) { $0 + $1.usage.bytes },
                    reclaimable: usage.images.reduce(0) { $0 + $1.unique }
                        - active.reduce(0) { $0 + $1.unique }),
                Line(
                    "Containers", usage.containers.count, active: running.count, containers,
                    reclaimable: containers - running.reduce(0) { $0 + $1.usage.bytes }),
                Line(
                    "Local Volumes", all.count, active: all.filter { users[$0.name] != nil }.count,
                    sizes.reduce(0, +), reclaimable: unused),
            ],
            [
                Column("TYPE", \.type), Column("TOTAL", \.totalCount), Column("ACTIVE", \.active),
                Column("SIZE", \.size), Column("RECLAIMABLE", \.reclaimable),
            ])
    }
}
