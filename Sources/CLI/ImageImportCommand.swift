internal import ArgumentParser
internal import Core
internal import Logging

/// `mydocker image import`.
struct ImageImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Make an image of a root file system: a tar archive or a directory.")

    @Option(name: [.short, .customLong("cmd")], help: "The command that containers run when none is given.")
    var command = "sh"

    @Flag(name: .shortAndLong, help: "Tell nothing about the progress.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "Tell the progress line by line where there is no terminal.")
    var verbose = false

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    @Argument(help: "The archive (plain, gzip or zstd) or directory; - for an archive on the standard input.")
    var source: String

    @Argument(help: "The image's name.")
    var name: String

    func run() throws {
        let logger = log.logger()
        let images = try storeOptions.images(logger)
        let imageName = try ImageName(name)
        let progress = quiet ? nil : ProgressReport("import", logger, isVerbose: verbose)
        defer { progress?.ended() }
        let image = try withImportSource(source) {
            try images.importRootFS(
                from: $0, as: imageName, config: ImageConfig(command: [command]), progress: progress
            ) { logger.warning("\($0)") }
        }
        progress?.finish()
        printLine("\(image.displayName) \(image.manifestDigest)")
    }
}
