internal import ArgumentParser
internal import Core
internal import Glibc
internal import SystemPackage

/// `mydocker image import`.
struct ImageImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Make an image of a root file system: a tar archive or a directory.")

    @Option(name: [.short, .customLong("cmd")], help: "The command that containers run when none is given.")
    var command = "sh"

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    @Argument(help: "The archive (plain or gzip) or directory; - for an archive on the standard input.")
    var source: String

    @Argument(help: "The image's name.")
    var name: String

    func run() throws {
        let images = ImageStore(at: try storeOptions.cleanStore(log.logger()).images)
        let config = ImageConfig(command: [command])
        let imageName = try ImageName(name)
        let image: Image
        if source == "-" {
            image = try images.importRootFS(from: .tar(.standardInput), as: imageName, config: config)
        } else if Files.isDirectory(FilePath(source).appending(".")) {
            image = try images.importRootFS(from: .directory(FilePath(source)), as: imageName, config: config)
        } else {
            let file = try Descriptor(FilePath(source), O_RDONLY)
            image = try images.importRootFS(from: .tar(file.file), as: imageName, config: config)
        }
        print("\(image.displayName) \(image.manifestDigest)")
    }
}
