internal import ArgumentParser

/// `mydocker` itself.
struct MydockerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mydocker",
        abstract: "Run commands in containers on pluggable storage drivers, without a daemon.",
        version: "0.1.0",
        subcommands: [
            RunCommand.self, ListCommand.self, RemoveCommand.self, CommitCommand.self, DiffCommand.self,
            ExportCommand.self,
            CopyCommand.self, ImageCommand.self, ImagesCommand.self, ImageLoadCommand.self,
            ImageSaveCommand.self, ImageTagCommand.self, RemoveImageCommand.self, StorageCommand.self,
            InitCommand.self,
        ])
}
