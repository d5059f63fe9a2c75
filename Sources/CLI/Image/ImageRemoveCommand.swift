internal import ArgumentParser
internal import Core

/// `mydocker image rm`.
struct ImageRemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Remove images.", aliases: ["remove"])

    @OptionGroup var options: ImageRemoveOptions

    func run() throws { try options.remove() }
}

/// `mydocker rmi`.
struct RemoveImageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rmi", abstract: "Remove images: the same as image rm.")

    @OptionGroup var options: ImageRemoveOptions

    func run() throws { try options.remove() }
}

/// What `image rm` and `rmi` take.
struct ImageRemoveOptions: ParsableArguments {
    @Flag(
        name: .shortAndLong, help: "Remove images that containers use, and by its ID one with several names.")
    var force = false

    @OptionGroup var storeOptions: StoreOptions
    @OptionGroup var log: LogOptions

    @Argument(help: "The images' names, or their IDs, or the beginnings of those.", completion: .images)
    var images: [String]

    func remove() throws {
        let store = try storeOptions.cleanStore(log.logger())
        let uses = try store.imageUses()
        try ErrorReport.forEach(images) { image in
            try ImageStore(at: store.images).remove(image, force: force, uses: uses).tell()
        }
    }
}

extension ImageRemoval {
    /// Prints what is gone.
    func tell() {
        untagged.forEach { printLine("Untagged: \($0)") }
        deleted.forEach { printLine("Deleted: \($0)") }
    }
}
