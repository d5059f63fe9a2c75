internal import ArgumentParser
internal import Core

/// `mydocker pause`.
struct PauseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Make all processes of containers stand still.")

    @OptionGroup var containers: ContainersArgument

    func run() throws {
        try containers.forEach { name, store, logger in
            try ContainerControl(in: store, logger: logger).pause(name)
        }
    }
}

/// `mydocker unpause`.
struct UnpauseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unpause", abstract: "Let the processes of paused containers go on.")

    @OptionGroup var containers: ContainersArgument

    func run() throws {
        try containers.forEach { name, store, logger in
            try ContainerControl(in: store, logger: logger).unpause(name)
        }
    }
}
