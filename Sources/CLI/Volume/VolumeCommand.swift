internal import ArgumentParser

/// `mydocker volume`.
struct VolumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "volume", abstract: "Look after volumes.",
        discussion: """
            A volume is a directory of the store that outlives the containers in which it is mounted: \
            run -v NAME:PATH.
            """,
        subcommands: [
            VolumeCreateCommand.self, VolumeListCommand.self, VolumeInspectCommand.self,
            VolumeRemoveCommand.self, VolumePruneCommand.self, VolumeExistsCommand.self,
        ])
}
