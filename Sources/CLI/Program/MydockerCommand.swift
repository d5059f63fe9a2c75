internal import ArgumentParser

/// `mydocker` itself.
struct MydockerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mydocker",
        abstract: "Run commands in containers on pluggable storage drivers, without a daemon.",
        discussion: """
            Before the name of any command there may be --root DIR, --storage NAME, --log-level LEVEL (or -l), --log-format \
            FORMAT and --debug (or -D): what --help of the command says of them. What stands after the name goes first.
            """,
        version: "0.1.0",
        subcommands: [InitCommand.self],
        groupedSubcommands: [
            CommandGroup(name: "Container", subcommands: containerCommands + [ContainerCommand.self]),
            CommandGroup(
                name: "Image",
                subcommands: [
                    ImagesCommand.self, ImageLoadCommand.self, ImageSaveCommand.self, ImageImportCommand.self,
                    ImageTagCommand.self, ImageHistoryCommand.self, RemoveImageCommand.self,
                    ImageCommand.self,
                ]),
            CommandGroup(
                name: "General",
                subcommands: [
                    InspectCommand.self, SystemInfoCommand.self, VersionCommand.self, SystemCommand.self,
                    CompletionCommand.self,
                ]),
            CommandGroup(name: "Storage", subcommands: [VolumeCommand.self, StorageCommand.self]),
        ])

    /// The commands that are about containers, with and without `container` before them.
    static let containerCommands: [any ParsableCommand.Type] = [
        RunCommand.self, CreateCommand.self, StartCommand.self, RestartCommand.self, AttachCommand.self,
        ExecCommand.self, LogsCommand.self, StopCommand.self, KillCommand.self, WaitCommand.self,
        RenameCommand.self, PauseCommand.self, UnpauseCommand.self, UpdateCommand.self, TopCommand.self,
        StatsCommand.self, ListCommand.self, RemoveCommand.self, CommitCommand.self, DiffCommand.self,
        ExportCommand.self, CopyCommand.self, PortCommand.self,
    ]
}
