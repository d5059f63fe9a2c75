internal import ArgumentParser
internal import Core
internal import Glibc
internal import Logging
internal import SystemPackage

/// `mydocker image load` and `mydocker load`.
struct ImageLoadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load", abstract: "Load images from an archive of docker save, podman save or skopeo.",
        discussion: """
            The archive may be a docker-archive or an OCI image layout, as a tar archive (plain, gzip or zstd) or as \
            a directory.
            """)

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("The archive or directory, instead of the standard input.", valueName: "path"),
        completion: .file())
    var input: String?

    @Flag(name: .shortAndLong, help: "Tell nothing about the progress.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "Tell the progress line by line where there is no terminal.")
    var verbose = false

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    func run() throws {
        let logger = log.logger()
        if input == nil, isatty(STDIN_FILENO) != 0 {
            throw ValidationError("the standard input is a terminal: give an archive by < or with -i")
        }
        let progress = quiet ? nil : ProgressReport("load", logger, isVerbose: verbose)
        defer { progress?.ended() }
        let loaded = try withImportSource(input ?? "-") {
            try storeOptions.images(logger).load(from: $0, progress: progress) { logger.warning("\($0)") }
        }
        progress?.finish()
        for image in loaded {
            image.names.forEach { printLine("Loaded image: \($0)") }
            if image.names.isEmpty { printLine("Loaded image ID: \(image.id)") }
        }
    }
}

/// Calls `body` with a directory, an archive, or for "-" the standard input.
func withImportSource<Result>(_ path: String, _ body: (ImportSource) throws -> Result) throws -> Result {
    if path == "-" { return try body(.tar(.standardInput)) }
    if Files.isDirectory(FilePath(path).appending(".")) { return try body(.directory(FilePath(path))) }
    let file = try Descriptor(FilePath(path), O_RDONLY)
    return try body(.tar(file.file))
}
