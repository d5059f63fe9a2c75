internal import ArgumentParser
internal import Core
internal import Glibc
internal import Logging

/// `mydocker start`.
struct StartCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Start containers that were made, or have ended and were kept.")

    @Flag(name: .shortAndLong, help: "Show what the container writes, and wait for its end.")
    var attach = false

    @Flag(name: .shortAndLong, help: "Attach, and pass on what is typed.")
    var interactive = false

    @OptionGroup var keys: DetachOptions
    @OptionGroup var containers: ContainersArgument

    func run() throws {
        guard attach || interactive else {
            return try containers.forEach { name, store, logger in
                try ContainerStart(store, logger).background(name)
            }
        }
        guard containers.containers.count == 1, let name = containers.containers.first else {
            throw ValidationError("only one container can be attached to")
        }
        let logger = containers.log.logger()
        let store = try containers.storeOptions.cleanStore(logger)
        try ContainerStart(store, logger).attached(name, takesInput: interactive, keys)
    }
}

/// `mydocker restart`.
struct RestartCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart", abstract: "Stop containers that run, and start them again.")

    @OptionGroup var options: StopOptions
    @OptionGroup var containers: ContainersArgument

    func run() throws {
        let signal = try options.number()
        try containers.forEach { name, store, logger in
            try ContainerControl(in: store, logger: logger).stop(name, timeout: options.time, signal: signal)
            try ContainerStart(store, logger).background(name)
        }
    }
}

/// What every command takes that attaches to a container.
struct DetachOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What is typed to leave the container without ending it.", valueName: "keys"))
    var detachKeys = ContainerAttachment.usualDetachKeys

    @Option(
        name: .customLong("sig-proxy"),
        help: ArgumentHelp("Whether signals are passed on to the container.", valueName: "true|false"),
        transform: {
            guard let value = Bool(flag: $0) else {
                throw ValidationError("'\($0)' is neither true nor false")
            }
            return value
        })
    var passesSignals = true
}

/// Starts containers, each with a monitor of its own.
struct ContainerStart {
    private let store: Store
    private let logger: Logger

    init(_ store: Store, _ logger: Logger) {
        self.store = store
        self.logger = logger
    }

    /// Starts one in the background; nothing happens to one that runs.
    func background(_ name: String) throws {
        if try Containers(store).find(name).isRunning { return }
        switch try begin(name, attaching: false).wait() {
        case .started: return
        case .failed(let status): throw ExitCode(status.rawValue)
        }
    }

    /// Starts one, and stays attached to it until it ends or is left.
    func attached(_ name: String, takesInput: Bool, _ options: DetachOptions) throws {
        let start = try begin(name, attaching: true)
        let attachment = try ContainerAttachment(
            to: start, of: name, in: store, takesInput: takesInput, passesSignals: options.passesSignals,
            detachKeys: options.detachKeys)
        if case .failed(let status) = try start.wait() { throw ExitCode(status.rawValue) }
        try attachment.run().finish()
    }

    /// Goes on in two processes, of which only the caller's returns.
    private func begin(_ name: String, attaching: Bool) throws -> MonitorStart {
        StandardOutput.shared.flush()
        switch try ContainerMonitor.begin(attaching: attaching) {
        case .caller(let start): return start
        case .monitor(let monitor):
            var status: Int32
            do {
                status = try ContainerRunner(store: store, logger: logger).start(name, monitor: monitor)
                    .status.rawValue
            } catch { status = ErrorReport.status(of: error) }
            exit(status)
        }
    }
}

extension ContainerAttachment.End {
    /// Ends the command as the container has ended.
    func finish() throws {
        switch self {
        case .ended(let status): throw ExitCode(status.rawValue)
        case .detached: return
        case .lost: throw RunError.monitorLost
        }
    }
}
