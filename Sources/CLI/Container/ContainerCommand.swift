internal import ArgumentParser

/// `mydocker container`: the commands about containers by their longer names, which people have in their scripts.
struct ContainerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "container", abstract: "Look after containers: the same commands by longer names.",
        subcommands: MydockerCommand.containerCommands + [
            ContainerInspectCommand.self, ContainerExistsCommand.self, ContainerPruneCommand.self,
        ])
}
