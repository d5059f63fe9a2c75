internal import ArgumentParser
internal import Core

/// `mydocker stop`.
struct StopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Ask the commands of containers to end, and kill them if they do not.")

    @OptionGroup var options: StopOptions
    @OptionGroup var containers: ContainersArgument

    func run() throws {
        let signal = try options.number()
        try containers.forEach { name, store, logger in
            try ContainerControl(in: store, logger: logger).stop(name, timeout: options.time, signal: signal)
        }
    }
}

/// What `stop` and `restart` take.
struct StopOptions: ParsableArguments {
    @Option(
        name: [.short, .customLong("time"), .customLong("timeout")], parsing: .unconditional,
        help: ArgumentHelp(
            "How long to wait before killing, -1 for ever; else the container's, or 10.", valueName: "seconds"
        ))
    var time: Int?

    @Option(
        name: .shortAndLong, help: ArgumentHelp("What asks them, instead of their own.", valueName: "signal"))
    var signal: String?

    /// The signal's number.
    func number() throws -> Int32? {
        try signal.map { try SignalName.required($0, option: "--signal") }
    }
}

extension SignalName {
    /// The number of a signal.
    ///
    /// - Throws: ``RunError/invalidOption(option:value:reason:)``.
    static func required(_ name: String, option: String) throws -> Int32 {
        guard let number = number(name) else {
            throw RunError.invalidOption(option: option, value: name, reason: "there is no such signal")
        }
        return number
    }
}
