internal import ArgumentParser

/// `mydocker image`.
struct ImageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image", abstract: "Look after images.",
        subcommands: [ImageImportCommand.self, ImageListCommand.self, ImageExistsCommand.self])
}
