internal import ArgumentParser
internal import Logging

/// How the log is written.
enum LogFormat: String, ExpressibleByArgument {
    case text, json
}

/// `--log-level` and `--log-format`, which every command takes.
struct LogOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What is told on stderr: trace, debug, info, notice, warning, error.", valueName: "level"),
        transform: {
            guard let level = Logger.Level(rawValue: $0) else {
                throw ValidationError("'\($0)' is not a log level")
            }
            return level
        })
    var logLevel = Logger.Level.notice

    @Option(help: ArgumentHelp("How it is told: text or json.", valueName: "format"))
    var logFormat = LogFormat.text

    /// The format that was asked for, for errors too.
    ///
    /// Set once, by `logger()`, in a process with one thread.
    nonisolated(unsafe) private(set) static var format = LogFormat.text

    /// The same of the level.
    nonisolated(unsafe) private(set) static var level = Logger.Level.notice

    /// The logger that these options ask for.
    func logger() -> Logger {
        Self.logger(logLevel, logFormat)
    }

    /// A logger; errors are written as it writes from then on.
    static func logger(_ logLevel: Logger.Level = .notice, _ logFormat: LogFormat = .text) -> Logger {
        format = logFormat
        level = logLevel
        var handler = StandardErrorLog(format: logFormat)
        handler.logLevel = logLevel
        return Logger(label: "mydocker", factory: { _ in handler })
    }
}
