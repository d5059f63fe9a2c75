internal import ArgumentParser

/// `mydocker image`.
struct ImageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image", abstract: "Look after images.",
        subcommands: [
            ImageImportCommand.self, ImageLoadCommand.self, ImageSaveCommand.self, ImageListCommand.self,
            ImageInspectCommand.self, ImageHistoryCommand.self, ImageTagCommand.self, ImageRemoveCommand.self,
            ImagePruneCommand.self, ImageExistsCommand.self,
        ])
}
