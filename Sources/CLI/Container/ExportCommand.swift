internal import ArgumentParser
internal import Core
internal import Glibc
internal import SystemPackage

/// `mydocker export`.
struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a container's files as one tar archive.")

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("The file to write instead of the standard output.", valueName: "file"),
        completion: .file())
    var output: String?

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    @Argument(
        help: "The container's name or ID; it may be running, or have been kept.", completion: .containers)
    var container: String

    func run() throws {
        if output == nil, isatty(STDOUT_FILENO) != 0 {
            throw ValidationError("an archive is not for a terminal: say -o FILE, or redirect the output")
        }
        let logger = log.logger()
        let root = try ContainerRoot.find(
            container, in: try storeOptions.cleanStore(logger))
        try ContainerExport.write(root, to: output.map { FilePath($0) }, logger: logger)
    }
}
