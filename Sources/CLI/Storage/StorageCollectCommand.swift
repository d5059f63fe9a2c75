internal import ArgumentParser
internal import Core

/// `mydocker storage gc`.
struct StorageCollectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gc", abstract: "Remove what no image and no container needs.",
        discussion: """
            Blobs that no image refers to, and layers that were unpacked for images that are gone, and kept \
            seccomp filters of other kernels. Not while another tool (skopeo, umoci) is writing to the image store: such \
            tools write blobs before what refers to them.
            """)

    @Flag(help: "Only tell what would be removed.")
    var dryRun = false

    @Flag(help: "Print it as JSON, an object a line.")
    var json = false

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    func run() throws {
        let store = try storeOptions.store()
        let items = try GarbageCollection(store, logger: log.logger()).run(dryRun: dryRun)
        if json { return try items.forEach(printJSONLine) }
        for item in items {
            printLine(
                "\(item.kind) \(item.driver.map { "\($0) " } ?? "")\(item.name) \(humanSize(item.bytes))")
        }
        let verb = dryRun ? "would be" : "was"
        printLine("\(humanSize(items.reduce(0) { $0 + $1.bytes })) \(verb) freed")
    }
}
