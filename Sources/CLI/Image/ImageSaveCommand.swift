internal import ArgumentParser
internal import Core
internal import Glibc
internal import SystemPackage

/// `mydocker image save` and `mydocker save`.
struct ImageSaveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "save", abstract: "Save images in an archive that docker, podman and skopeo read.")

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "The file or directory to make, instead of the standard output.", valueName: "path"),
        completion: .file())
    var output: String?

    @Option(
        help: ArgumentHelp(
            "The form: \(ArchiveFormat.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "format"),
        transform: {
            guard let format = ArchiveFormat(rawValue: $0) else {
                throw ValidationError("'\($0)' is no form of image archives")
            }
            return format
        })
    var format = ArchiveFormat.dockerArchive

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    @Argument(help: "The images' names or IDs.", completion: .images)
    var images: [String]

    func run() throws {
        let destination: SaveDestination
        if let output {
            destination = .path(FilePath(output))
        } else if format.isDirectory {
            throw ValidationError("a directory needs a name: use -o")
        } else if isatty(STDOUT_FILENO) != 0 {
            throw ValidationError("refusing to write an archive to a terminal: use -o, or > FILE")
        } else {
            destination = .descriptor(.standardOutput)
        }
        let logger = log.logger()
        let progress = ProgressReport("save", logger, isVerbose: nil)
        defer { progress.ended() }
        try storeOptions.images(logger).save(images, as: format, to: destination, progress: progress)
    }
}
