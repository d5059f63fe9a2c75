internal import ArgumentParser
internal import Core

/// `mydocker storage df`.
struct StorageUsageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "df",
        abstract: "Tell what takes how much of the disk, in allocated bytes as du counts them.",
        discussion: "SHARED is what other images need too; UNIQUE is what would be free without the image.")

    @Flag(help: "Print it as JSON, in bytes.")
    var json = false

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    func run() throws {
        let logger = log.logger()
        let usage = try StoreUsage(try storeOptions.cleanStore(logger), logger: logger)
        if json { return try printJSON(usage) }
        printTable(
            ["IMAGE", "ID", "BLOBS", "SHARED", "UNIQUE"],
            usage.images.map { image in
                [
                    image.name ?? "<none>", String(image.id.dropFirst(7).prefix(12)), humanSize(image.bytes),
                    humanSize(image.shared), humanSize(image.unique),
                ]
            })
        printLine()
        printTable(
            ["LAYER", "STORAGE", "SIZE", "INODES", "IMAGES"],
            usage.layers.map { layer in
                [
                    String(layer.key.prefix(12)), layer.driver, humanSize(layer.usage.bytes),
                    "\(layer.usage.inodes)",
                    layer.images.isEmpty ? "-" : layer.images.joined(separator: " "),
                ]
            })
        printLine()
        printTable(
            ["CONTAINER", "NAME", "STORAGE", "STATE", "SIZE", "INODES"],
            usage.containers.map { container in
                [
                    container.id, container.name, container.driver, container.isRunning ? "running" : "kept",
                    humanSize(container.usage.bytes), "\(container.usage.inodes)",
                ]
            })
        printLine()
        printTable(
            ["SUM", "SIZE"],
            [
                ["blobs", humanSize(usage.blobs)], ["of these unneeded", humanSize(usage.unneededBlobs)],
                ["layers", humanSize(usage.layers.reduce(0) { $0 + $1.usage.bytes })],
                ["containers", humanSize(usage.containers.reduce(0) { $0 + $1.usage.bytes })],
                ["temporary", humanSize(usage.temporary)],
                ["metadata and directories", humanSize(usage.other)],
                ["all", humanSize(usage.total.bytes)], ["reclaimable by gc", humanSize(usage.reclaimable)],
            ])
    }
}
