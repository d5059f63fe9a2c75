internal import ArgumentParser
internal import Core
internal import Glibc

/// `mydocker commit`.
struct CommitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "commit", abstract: "Make an image of a container's changes.")

    @Option(name: .shortAndLong, help: "Who makes the image: \"Name <address>\".")
    var author: String?

    @Option(name: .shortAndLong, help: "What there is to say about it.")
    var message: String?

    @Option(
        name: .shortAndLong, parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Change the configuration as a Dockerfile would: "
                + ConfigInstruction.names.joined(separator: ", ") + ".",
            valueName: "instruction"))
    var change: [String] = []

    @Option(
        name: .shortAndLong, parsing: .unconditional,
        help: ArgumentHelp("Whether a running container stands still meanwhile.", valueName: "true|false"))
    var pause = true

    @Option(
        help: ArgumentHelp(
            "When it is made, in seconds since 1970; else $SOURCE_DATE_EPOCH, else now.", valueName: "seconds"
        ))
    var timestamp: Int64?

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    @Argument(
        help: "The container's name or ID; it may be running, or have been kept.", completion: .containers)
    var container: String

    @Argument(help: "The image's name.", completion: .images)
    var image: String?

    func run() throws {
        var request = ContainerCommit.Request(container: container, created: try created())
        request.image = try image.map { name throws(ImageError) in try ImageName(name) }
        request.author = author
        request.message = message
        request.instructions = try change.map { line throws(ImageError) in try ConfigInstruction(line) }
        request.pauses = pause
        let logger = log.logger()
        let commit = ContainerCommit(
            store: try storeOptions.cleanStore(logger), logger: logger)
        printLine("\(try commit.run(request).id)")
    }

    private func created() throws -> Int64 {
        if let timestamp { return timestamp }
        guard let text = environmentVariable("SOURCE_DATE_EPOCH") else { return Int64(time(nil)) }
        guard let seconds = Int64(text) else {
            throw ValidationError("$SOURCE_DATE_EPOCH is no number of seconds: \(text)")
        }
        return seconds
    }
}
