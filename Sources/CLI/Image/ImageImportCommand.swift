internal import ArgumentParser
internal import Core
internal import Logging

/// `mydocker image import` and `mydocker import`.
struct ImageImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Make an image of a root file system: a tar archive or a directory.")

    @Option(
        name: .shortAndLong, parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Configure the image as a Dockerfile would: " + ConfigInstruction.names.joined(separator: ", ")
                + ".",
            valueName: "instruction"))
    var change: [String] = []

    @Option(
        name: .customLong("cmd"),
        help: "The command that containers run when none is given; CMD in --change goes first.")
    var command = "sh"

    @Option(name: .shortAndLong, help: "What there is to say about it.")
    var message: String?

    @Option(
        help: ArgumentHelp(
            "Unpack the image for this storage driver while it is read, or for none; by default for the one that run would take.",
            valueName: "driver"), completion: .drivers)
    var unpack: String?

    @Flag(name: .shortAndLong, help: "Tell nothing about the progress.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "Tell the progress line by line where there is no terminal.")
    var verbose = false

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    @Argument(
        help: "The archive (plain, gzip or zstd) or directory; - for an archive on the standard input.",
        completion: .file())
    var source: String

    @Argument(help: "The image's name; without one it has only an ID.", completion: .images)
    var name: String?

    func run() throws {
        let logger = log.logger()
        let imageName = try name.map { name throws(ImageError) in try ImageName(name) }
        var config = ImageConfig(command: [command])
        for line in change { try ConfigInstruction(line).apply(to: &config) }
        let store = try storeOptions.cleanStore(logger)
        let driver = try driver(in: store, logger)
        let progress = quiet ? nil : ProgressReport("import", logger, isVerbose: verbose)
        defer { progress?.ended() }
        let image = try withImportSource(source) { source in
            let images = ImageStore(at: store.images)
            guard let driver else {
                return try images.importRootFS(
                    from: source, as: imageName, config: config, comment: message, progress: progress
                ) {
                    logger.warning("\($0)")
                }
            }
            return try images.importRootFS(
                from: source, as: imageName, config: config, comment: message,
                unpackingInto: SnapshotStore(store, driver: driver), progress: progress
            ) { logger.warning("\($0)") }
        }
        progress?.finish()
        printLine("\(image.displayName) \(image.manifestDigest)")
    }

    /// What to unpack for; nil for nothing.
    private func driver(in store: Store, _ logger: Logger) throws -> (any StorageDriver)? {
        if unpack == "none" { return nil }
        let registry = CommandLineProgram.registry
        if let name = unpack { return try registry.driver(named: name, in: store) }
        do {
            if let name = namedStorage {
                return try registry.driver(named: name, in: store)
            }
            return try registry.firstSupported(in: store).driver
        } catch {
            // Nobody asked for it: the image is wanted, and perhaps run elsewhere.
            logger.info("not unpacked: \(error.problem)")
            return nil
        }
    }
}
