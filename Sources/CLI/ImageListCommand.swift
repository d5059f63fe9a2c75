internal import ArgumentParser
internal import Core

/// `mydocker image ls`.
struct ImageListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "ls", abstract: "List the images.")

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    func run() throws {
        print("NAME".padded(32) + "DIGEST".padded(14) + "SIZE")
        for image in try ImageStore(at: try storeOptions.cleanStore(log.logger()).images).list() {
            let size = image.image.map(\.size).map { "\(($0 + 1023) >> 10) KiB" } ?? "damaged"
            print(
                "\(image.image?.displayName ?? "-")".padded(32) + image.manifestDigest.hex.prefix(12) + "  "
                    + size)
        }
    }
}

/// `mydocker image exists`.
struct ImageExistsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exists", abstract: "Tell by the exit status whether an image is there: 0 yes, 1 no.")

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    @Argument(help: "The image's name.")
    var name: String

    func run() throws {
        let image = try ImageStore(at: try storeOptions.cleanStore(log.logger()).images).image(
            named: ImageName(name))
        if image == nil { throw ExitCode(1) }
    }
}
