internal import ArgumentParser
internal import Core

/// `mydocker kill`.
struct KillCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kill",
        abstract: "Send a signal to the commands of containers, SIGKILL unless said otherwise.")

    @Option(name: .shortAndLong, help: ArgumentHelp("The signal, by name or number.", valueName: "signal"))
    var signal = "KILL"

    @OptionGroup var containers: ContainersArgument

    func run() throws {
        let number = try SignalName.required(signal, option: "--signal")
        try containers.forEach { name, store, logger in
            try ContainerControl(in: store, logger: logger).signal(name, number)
        }
    }
}
