internal import ArgumentParser
internal import Logging

/// How the log is written.
enum LogFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
}

/// `--log-level` and `--log-format`, which every command takes.
struct LogOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What is told on stderr: trace, debug, info, notice, warning, error; else notice.",
            valueName: "level"),
        completion: .logLevels,
        transform: {
            guard let level = Logger.Level(rawValue: $0) else {
                throw ValidationError("'\($0)' is not a log level")
            }
            return level
        })
    var logLevel: Logger.Level?

    @Option(help: ArgumentHelp("How it is told: text or json; else text.", valueName: "format"))
    var logFormat: LogFormat?

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
    ///
    /// Where something is nil, what stands before the command's name decides.
    static func logger(_ logLevel: Logger.Level?, _ logFormat: LogFormat?) -> Logger {
        format = logFormat ?? GlobalOptions.given.logFormat ?? .text
        level = logLevel ?? GlobalOptions.given.logLevel ?? .notice
        var handler = StandardErrorLog(format: format)
        handler.logLevel = level
        return Logger(label: "mydocker", factory: { _ in handler })
    }
}

extension CompletionKind {
    static var logLevels: CompletionKind { .list(Logger.Level.allCases.map(\.rawValue)) }
}
